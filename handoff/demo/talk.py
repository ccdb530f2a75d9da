"""What Northbeam's reps write: notes, summaries, comments. `{first}` is somebody's first name, `{theme}` the topic. Pure data."""

OUTREACH = {
    "email_sent": (
        "Sent {first} the {theme} overview, asked who owns the budget.",
        "Wrote to {first} about what their team read on {theme}; proposed two slots.",
        "Follow-up to {first} with the customer story that fits their industry.",
    ),
    "call": (
        "Reached {first}. Project on {theme} is real, start planned next quarter. Budget sits with finance.",
        "Short call with {first}: they compare three vendors, decision before year end.",
        "Left a message for {first}, the assistant says mornings are best.",
        "{first} confirms the team of four that looks at {theme}. Wants a technical session.",
    ),
}
CONTEXT = (
    "Whole team joined the {theme} webinar; questions were about licences and timelines.",
    "Their current contract runs out in spring, says the partner.",
    "Two locations went live with the new ERP this year, the rest follows.",
    "They had a bad migration two years ago. Lead with references.",
    "New CIO since summer; reorganises the integration team.",
)
SUMMARIES = (
    "{first} leads a funded project on {theme}. Three people read up in two weeks, pricing included. Wants a technical session.",
    "Active evaluation on {theme}: shortlist of three, decision this quarter. {first} is our champion.",
    "{first} asked for pricing for two regions. Pain: nightly file transfers that break. Finance is informed.",
    "Team of four around {first} compares platforms. They know our {theme} material well; no objection so far.",
)
NEXT_STEPS = (
    "Technical session with {first} and the architect, 60 minutes.",
    "Bring the finance lead in: send the ROI sheet beforehand.",
    "Reference call with a customer of the same size.",
    "Workshop on site; they asked for it.",
)
RETURN_COMMENTS = {
    "procedural": "No meeting agreed yet. Please set one up, then pass it again.",
    "clerical": "The phone number and the entity in the record are of the sister company.",
    "definitional": "One team experiments, nobody has a project. Not what we agreed to call qualified.",
}
RECYCLE_COMMENTS = {
    "timing": "Budget round in spring; come back then.",
    "no_response": "Five attempts over two weeks, no answer.",
    "waiting_for_budget": "They want it, finance decides next quarter.",
    "contract_elsewhere": "Bound for another year.",
}
DISQUALIFY_COMMENTS = {
    "unable_to_reach": "Numbers dead, mails unanswered.",
    "inaccurate_data": "Merged into its parent last year.",
    "no_need": "Students of a partner university did a course project.",
    "no_budget": "Frozen for the year.",
    "no_fit": "Far smaller than our data says.",
}
DEALS = ("platform", "rollout", "pilot", "EMEA rollout", "hub", "starter package")

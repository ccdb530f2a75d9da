"""The moves of a journey at moments that lie behind: the columns and events that the desk's own actions would have left."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal

from accounts.models import Contact, User
from handoff.actions.closing import closed_columns
from handoff.actions.core import record
from handoff.demo import talk
from handoff.demo.desk import Desk
from handoff.demo.rows import TouchRow
from handoff.demo.scripts import Step
from handoff.demo.timing import clocks_of_journey
from handoff.models import BuyingGroup, BuyingGroupMember, Handoff, Note, Opportunity, Reason
from handoff.sla import answer_due, decision_due, outreach_due
from handoff.transitions import find

ROLES = ("champion", "decision_maker", "influencer", "economic_buyer")


class Journey:
    """One handoff on its way. Steps that would lie after `desk.now` have not happened yet."""

    def __init__(self, desk: Desk, handoff: Handoff, theme: str) -> None:
        self.desk, self.handoff = desk, handoff
        self.theme = theme.lower()
        self.at = handoff.queued_at
        self.people: list[Contact] = desk.people_of(handoff)

    def play(self, steps: list[Step]) -> Handoff:
        """Make the steps one after the other, as far as today."""
        does: dict[str, Callable[[Step], None]] = {
            "claim": self.claim,
            "outreach": self.reach_out,
            "note": self.note,
            "pass": self.pass_on,
            "return": self.give_back,
            "accept": self.accept,
            "recycle": self.recycle,
            "disqualify": self.disqualify,
            "opportunity": self.open_deal,
            "win": self.win,
            "lose": self.lose,
        }
        for step in steps:
            if self.at + step.after > self.desk.now:
                break
            self.at += step.after
            does[step.action](step)
        self.desk.left.clocks += clocks_of_journey(self.handoff, self.desk)
        return self.handoff

    def claim(self, _: Step) -> None:
        sdr = self.desk.sdr(self.handoff)
        calendar, clocks = self.desk.rules.calendar, self.desk.clocks
        self._move(
            "claim",
            sdr,
            claimed_by_id=sdr.pk,
            claimed_at=self.at,
            decision_due_at=decision_due(calendar, clocks, self.at),
            outreach_due_at=outreach_due(clocks, self.at),
            outreach_at=None,
        )

    def reach_out(self, _: Step) -> None:
        """The first touch by a rep; what was said becomes a note."""
        rng, sdr = self.desk.rng, self._sdr
        kind = rng.choice(("email_sent", "call", "call"))
        person = self._somebody()
        text = self._words(rng.choice(talk.OUTREACH[kind]), person)
        self.desk.say(self.handoff, sdr, Note.Kind.CALL if kind == "call" else Note.Kind.EMAIL, text, self.at)
        self.desk.left.touches.append(
            TouchRow(
                at=self.at,
                type=kind,
                company=self.desk.company_index[self.handoff.account_id],
                person=self.desk.person_index[person.pk] if person else None,
                minutes=rng.randint(4, 17) if kind == "call" else 1,
                kind="manual",
                name="Call" if kind == "call" else "Email Sent",
                channel="sales",
                properties={"text": text},
            )
        )
        self.handoff.outreach_at = self.handoff.outreach_at or self.at
        self.handoff.last_activity_at = self.at
        self.handoff.save(update_fields=["outreach_at", "last_activity_at"])

    def note(self, _: Step) -> None:
        """Something that whoever comes next should know."""
        text = self._words(self.desk.rng.choice(talk.CONTEXT), self._somebody())
        self.desk.say(self.handoff, self._sdr, Note.Kind.CONTEXT, text, self.at)
        self._validate_group(self.desk.rng.choice((1, 1, 2)))
        self.handoff.last_activity_at = self.at
        self.handoff.save(update_fields=["last_activity_at"])

    def pass_on(self, _: Step) -> None:
        rng, ae = self.desk.rng, self.desk.ae(self.handoff)
        self._validate_group(self.desk.rng.choice((2, 3, 3, 4)))
        person = self._somebody()
        self._move(
            "pass",
            self._sdr,
            data={"ae": ae.pk},
            passed_by_id=self._sdr.pk,
            passed_at=self.at,
            ae_id=ae.pk,
            summary=self._words(rng.choice(talk.SUMMARIES), person),
            next_step=self._words(rng.choice(talk.NEXT_STEPS), person),
            answer_due_at=answer_due(self.desk.rules.calendar, self.desk.clocks, self.at),
        )

    def give_back(self, step: Step) -> None:
        self._move(
            "return",
            self._ae,
            reason=self._reason(Reason.Kind.RETURN, step),
            comment=talk.RETURN_COMMENTS[step.reason],
            data={"ae": self._ae.pk},
            answer_due_at=None,
            decision_due_at=decision_due(self.desk.rules.calendar, self.desk.clocks, self.at),
        )

    def accept(self, _: Step) -> None:
        self._move("accept", self._ae, accepted_by_id=self._ae.pk, accepted_at=self.at)

    def recycle(self, step: Step) -> None:
        """Back to marketing, until a day that lies ahead of the closing."""
        reason = self._reason(Reason.Kind.RECYCLE, step)
        comeback = self.at.date() + dt.timedelta(days=self.desk.rng.choice((60, 90, 120, 180)))
        self._close(
            "recycle",
            reason=reason,
            comment=talk.RECYCLE_COMMENTS[step.reason],
            data={"comeback_on": comeback.isoformat()},
            reason_id=reason.pk,
            comeback_on=comeback,
        )

    def disqualify(self, step: Step) -> None:
        reason = self._reason(Reason.Kind.DISQUALIFY, step)
        criterion = "200 to 10,000 employees" if reason.needs_criterion else ""
        self._close(
            "disqualify",
            reason=reason,
            comment=talk.DISQUALIFY_COMMENTS[step.reason],
            data={"criterion": criterion},
            reason_id=reason.pk,
            criterion=criterion,
        )

    def open_deal(self, _: Step) -> None:
        """A new opportunity; the account has an open deal from then on."""
        account, rng = self.handoff.account, self.desk.rng
        deal = Opportunity.objects.create(
            account=account,
            name=f"{account.name} {rng.choice(talk.DEALS)}",
            amount=deal_size(self.desk, account.employees),
            currency="USD",
            owner=self._ae,
            created_at=self.at,
            expected_close_on=self.at.date() + dt.timedelta(days=rng.choice((45, 60, 90, 120))),
        )
        self.desk.becomes(account, "opportunity", self.at)
        data = {"opportunity": deal.pk, "created": True, "account": {"lifecycle": "prospect"}}
        self._move("opportunity", self._ae, data=data, opportunity_id=deal.pk, opportunity_at=self.at)
        self.handoff.opportunity = deal

    def win(self, _: Step) -> None:
        deal = self._deal()
        deal.amount = ((deal.amount or Decimal(0)) * Decimal(str(round(self.desk.rng.uniform(0.8, 1.1), 2)))).quantize(
            Decimal("0.01")
        )
        self._close_deal(deal, Opportunity.Stage.WON)
        self.desk.becomes(self.handoff.account, "customer", self.at, since=self.at.date())
        self._close("win", data={"amount": str(deal.amount)})

    def lose(self, step: Step) -> None:
        deal, reason = self._deal(), self._reason(Reason.Kind.LOSS, step)
        deal.loss_reason = reason.label
        self._close_deal(deal, Opportunity.Stage.LOST)
        self.desk.becomes(self.handoff.account, "prospect", self.at)
        self._close("lose", reason=reason, reason_id=reason.pk)

    def withdraw(self, at: dt.datetime) -> None:
        """Nobody claimed it, and it has cooled."""
        self.at = at
        since = self.handoff.cooling_since
        columns = closed_columns(self.handoff, None, at) | {"cooling_since": since}
        data = {"since": since.isoformat() if since else None}
        record(self.handoff, "withdraw", by=None, to="withdrawn", at=at, comment="cooled", data=data, **columns)
        self.desk.left.clocks += clocks_of_journey(self.handoff, self.desk)

    @property
    def _sdr(self) -> User:
        return self.desk.user(self.handoff.claimed_by_id) or self.desk.sdr(self.handoff)

    @property
    def _ae(self) -> User:
        return self.desk.user(self.handoff.ae_id) or self.desk.ae(self.handoff)

    def _move(self, action: str, by: User, **changes: object) -> None:
        move = find(self.handoff.state, action)
        if move is None:
            raise ValueError(f"the script says {action} where the desk knows no such move: {self.handoff.state}")
        record(self.handoff, action, by=by, to=move.to, at=self.at, **changes)  # type: ignore[arg-type]

    def _close(self, action: str, **changes: object) -> None:
        holder = self._sdr if self.handoff.state == "working" else self._ae
        self._move(action, holder, **changes, **closed_columns(self.handoff, holder, self.at))

    def _deal(self) -> Opportunity:
        if self.handoff.opportunity is None:
            raise ValueError("a deal is won or lost after it was opened")
        return self.handoff.opportunity

    def _close_deal(self, deal: Opportunity, stage: str) -> None:
        deal.stage, deal.closed_on = stage, self.at.date()
        deal.save(update_fields=["stage", "closed_on", "amount", "loss_reason"])

    def _reason(self, kind: str, step: Step) -> Reason:
        return self.desk.reasons[kind, step.reason]

    def _somebody(self) -> Contact | None:
        return self.desk.rng.choice(self.people[:3]) if self.people else None

    def _words(self, text: str, person: Contact | None) -> str:
        return text.format(first=person.first_name if person else "the team", theme=self.theme)

    def _validate_group(self, size: int) -> None:
        """So many people in the roles that a pass asks for; a group that is there already stays."""
        center = self.handoff.center
        if any(group.center_id == center.pk for group in self.desk.left.groups) or not self.people:
            return
        template = self.desk.templates["target" if self.handoff.account.is_target else "all"]
        group = BuyingGroup(center=center, template=template, created_at=self.at)
        self.desk.left.groups.append(group)
        for role, person in zip(ROLES, self.people[:size], strict=False):
            self.desk.left.members.append(
                BuyingGroupMember(
                    group=group,
                    contact=person,
                    role=role,
                    status=BuyingGroupMember.Status.VALIDATED,
                    decided_by=self._sdr,
                    decided_at=self.at - dt.timedelta(hours=1),
                    created_at=self.at - dt.timedelta(hours=2),
                )
            )


def deal_size(desk: Desk, employees: int | None) -> Decimal:
    """What a company of this size pays for three years, about."""
    amount = (18_000 + 24 * (employees or 400)) * desk.rng.lognormvariate(0, 0.35)
    return Decimal(round(amount / 500) * 500)

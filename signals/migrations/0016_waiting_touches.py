from django.db import migrations

# Planned once a session and not for each request: with a partition for each month, planning costs twenty times the looking.
WAIT = """
CREATE FUNCTION signals_touches_wait_for(people bigint[]) RETURNS boolean LANGUAGE plpgsql STABLE
SET plan_cache_mode TO force_generic_plan AS $$
BEGIN
    RETURN EXISTS (
        SELECT FROM accounts_visitoridentity v
        JOIN signals_touch t ON t.visitor = v.anonymous_id AND t.contact_id IS NULL AND t.visitor <> ''
        WHERE v.contact_id = ANY(people)
    ) OR EXISTS (
        SELECT FROM signals_touch t WHERE t.contact_id = ANY(people) AND t.account_id IS NULL
    );
END $$"""


class Migration(migrations.Migration):
    """Whether any touch waits for these people: by a visitor who became known, or for their account."""

    dependencies = (("signals", "0015_touch_covering_index"),)

    operations = (migrations.RunSQL(WAIT, "DROP FUNCTION signals_touches_wait_for(bigint[])"),)

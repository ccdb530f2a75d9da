"""The days on which a connected system called somebody an MQL get their history, where they were set before it was kept.

Without it a later change would make them unknown of the past: replay takes what is known only of later for not known then.
"""

from django.db import migrations

DAYS_KNOWN = """
INSERT INTO accounts_contactfact (contact_id, field, value, known_from, source)
SELECT c.id, v.field, to_jsonb(v.day::text), c.created_at, 'kept later'
FROM accounts_contact c
CROSS JOIN LATERAL (VALUES ('mql_external_from', c.mql_external_from), ('mql_external_until', c.mql_external_until)) v (field, day)
WHERE v.day IS NOT NULL AND NOT EXISTS (
    SELECT FROM accounts_contactfact f WHERE f.contact_id = c.id AND f.field = v.field)"""


class Migration(migrations.Migration):
    dependencies = [("accounts", "0007_retired_centers")]

    operations = [migrations.RunSQL(DAYS_KNOWN, migrations.RunSQL.noop)]

-- domain.md §3 and §4 with the default model, for accounts as a whole. $today is the day that is evaluated.
-- Touches with what they give: ages in whole days, the daily cap, whole micro-points.
CREATE OR REPLACE TEMP TABLE given AS
WITH read AS (
    SELECT t.id, t.account_id, t.contact_id, t.theme_id, t.minutes, t.occurred_at, y.inbound, y.decision, y.tier,
        $today - CAST(t.occurred_at AS DATE) AS age,
        coalesce(t.contact_id, -hash(t.account_id, t.visitor)::HUGEINT) AS person,
        y.weight * CASE c.seniority WHEN 'c_level' THEN 2.0 WHEN 'vp' THEN 1.5 WHEN 'director' THEN 1.25
            WHEN 'manager' THEN 1.0 ELSE 0.5 END AS base,
        y.key AS type, t.message_id
    FROM touch t JOIN type y ON y.key = t.type LEFT JOIN contact c ON c.id = t.contact_id
    WHERE $today - CAST(t.occurred_at AS DATE) BETWEEN 0 AND 119
), capped AS (
    SELECT *, row_number() OVER (PARTITION BY person, age, type ORDER BY occurred_at, message_id, id) <= 3 AS counted FROM read
)
SELECT account_id, contact_id, person, theme_id, minutes, occurred_at, inbound, decision, tier, age, base, counted,
    CASE WHEN counted AND age < 90 THEN round_even(base * pow(2.0, -age / 30.0) * 1000000, 0)::BIGINT ELSE 0 END AS micro
FROM capped;

CREATE OR REPLACE TEMP TABLE person AS
SELECT account_id, contact_id, person, sum(micro)::BIGINT AS micro, sum(micro) FILTER (age < 30)::BIGINT AS micro_30,
    sum(micro) FILTER (age < 60)::BIGINT AS micro_60, sum(minutes) FILTER (counted AND inbound AND age < 90) AS inbound,
    sum(minutes) FILTER (counted AND NOT inbound AND age < 90) AS outbound,
    max(tier) FILTER (counted AND base > 0 AND inbound AND age < 30) AS tier_now,
    max(tier) FILTER (counted AND base > 0 AND inbound AND age BETWEEN 30 AND 59) AS tier_before,
    sum(CASE WHEN age < 14 THEN base WHEN age < 28 THEN -base ELSE 0 END) FILTER (counted) AS momentum,
    count(*) FILTER (age < 90) AS touches, max(occurred_at) AS last_touch_at
FROM given GROUP BY ALL;

-- Who reaches 10 points now, or did at the end of a day of the last 30.
CREATE OR REPLACE TEMP TABLE mql AS
WITH able AS (
    SELECT contact_id FROM given WHERE contact_id IS NOT NULL AND counted GROUP BY contact_id
    HAVING sum(base * pow(2.0, (30 - age) / 30.0)) >= 9.9
), earned AS (SELECT g.contact_id, g.age, g.base FROM given g JOIN able USING (contact_id) WHERE counted AND base > 0),
days AS (SELECT DISTINCT contact_id, age AS day FROM earned WHERE age <= 30 UNION SELECT DISTINCT contact_id, 30 FROM earned)
SELECT DISTINCT contact_id FROM (
    SELECT contact_id, day FROM earned JOIN days USING (contact_id) WHERE age - day BETWEEN 0 AND 89 GROUP BY contact_id, day
    HAVING sum(round_even(base * pow(2.0, -(age - day) / 30.0) * 1000000, 0)) >= 10000000
);

-- Spans: 14 days from each day with a touch.
CREATE OR REPLACE TEMP TABLE day AS
SELECT account_id, 42 - age AS day, count(DISTINCT person) FILTER (inbound AND micro > 0) AS person_days
FROM given WHERE age < 43 GROUP BY ALL;

CREATE OR REPLACE TEMP TABLE span AS
SELECT account_id, day AS first, max(day) OVER w AS last, sum(person_days) OVER w AS person_days
FROM day WINDOW w AS (PARTITION BY account_id ORDER BY day RANGE BETWEEN CURRENT ROW AND 13 FOLLOWING)
QUALIFY max(day) OVER w >= 13;

-- The best by person-days is measured first; others only where it passes one or two of the three gates.
CREATE OR REPLACE TEMP TABLE top AS
SELECT * FROM span QUALIFY row_number() OVER (PARTITION BY account_id ORDER BY person_days DESC, first DESC) = 1;

CREATE OR REPLACE TEMP MACRO measured(spans) AS TABLE
WITH inside AS (
    SELECT s.account_id, s.first, g.contact_id, g.theme_id, g.decision, g.micro, g.occurred_at
    FROM query_table(spans) s JOIN given g ON g.account_id = s.account_id AND g.age <= 42 - s.first AND g.age > 28 - s.first
    WHERE g.micro > 0
), people AS (
    SELECT account_id, first, count(*) AS people FROM (
        SELECT account_id, first FROM inside WHERE contact_id IS NOT NULL GROUP BY account_id, first, contact_id
        HAVING sum(micro) >= 2000000) GROUP BY ALL
), themes AS (
    SELECT account_id, first, theme_id, sum(micro) AS micro FROM inside WHERE NOT decision GROUP BY ALL
), theme AS (
    SELECT account_id, first, max(micro) FILTER (theme_id IS NOT NULL) AS main, sum(micro) AS themed FROM themes GROUP BY ALL
), decisive AS (SELECT account_id, first, sum(micro) AS micro FROM inside WHERE decision GROUP BY ALL)
SELECT s.*, coalesce(people, 0) AS people, coalesce(main, 0) AS main, coalesce(themed, 0) AS themed,
    (coalesce(themed, 0) > 0 AND coalesce(main, 0) / themed >= 0.4)
        OR (coalesce(themed, 0) = 0 AND coalesce(d.micro, 0) > 0) AS direction
FROM query_table(spans) s LEFT JOIN people USING (account_id, first) LEFT JOIN theme USING (account_id, first)
LEFT JOIN decisive d USING (account_id, first);

CREATE OR REPLACE TEMP TABLE best AS SELECT *,
    CASE WHEN person_days < 3 THEN 0 WHEN people < 2 THEN 1 WHEN NOT direction THEN 2 ELSE 3 END AS passed FROM measured('top');

CREATE OR REPLACE TEMP TABLE rest AS
SELECT s.* FROM span s JOIN best b USING (account_id) WHERE b.passed BETWEEN 1 AND 2 AND s.person_days >= 3 AND s.first <> b.first;

CREATE OR REPLACE TEMP TABLE chosen AS
SELECT * FROM (
    SELECT * FROM best UNION ALL
    SELECT *, CASE WHEN people < 2 THEN 1 WHEN NOT direction THEN 2 ELSE 3 END FROM measured('rest')
) QUALIFY row_number() OVER (PARTITION BY account_id ORDER BY passed DESC, person_days DESC, first DESC) = 1;

CREATE OR REPLACE TEMP TABLE decided AS
WITH current AS (
    SELECT account_id, composite FROM signal WHERE $today - observed_on BETWEEN 0 AND 20
    QUALIFY row_number() OVER (PARTITION BY account_id, topic_id, provider, kind
        ORDER BY observed_on DESC, received_at DESC, id DESC) = 1
), connected AS (
    SELECT CASE WHEN count(*) > 0 THEN 0.2::DOUBLE ELSE 0.0 END AS intent FROM signal
    WHERE $today - CAST(received_at AS DATE) BETWEEN 0 AND 29
), intent AS (SELECT account_id, max(composite) AS intent FROM current GROUP BY ALL),
total AS (
    SELECT account_id, sum(micro)::BIGINT AS micro, sum(p.inbound) AS minutes, sum(touches) AS touches,
        count(*) FILTER (m.contact_id IS NOT NULL) AS mqls, max(tier_now) AS tier_now, max(tier_before) AS tier_before,
        sum(momentum) AS momentum,
        count(*) FILTER (p.contact_id IS NOT NULL AND micro_30 > 0) AS people_30,
        coalesce(sum(micro_30) FILTER (p.contact_id IS NOT NULL), 0) AS micro_30,
        count(*) FILTER (p.contact_id IS NOT NULL AND micro_60 > 0) AS people_60,
        coalesce(sum(micro_60) FILTER (p.contact_id IS NOT NULL), 0) AS micro_60
    FROM person p LEFT JOIN mql m USING (contact_id) GROUP BY account_id
), scored AS (
    SELECT a.center_id, a.account_id, a.is_target, coalesce(t.micro, 0) AS micro, t.minutes, t.mqls, t.tier_now, t.momentum,
        round((0.6 * 100 * least(1.0, coalesce(t.micro, 0) / 50000000.0) + w.intent * coalesce(i.intent, 0) + 0.2 * 100)
            / (0.6 + w.intent + 0.2), 9) AS score,
        coalesce(c.passed, 0) AS passed, c.first, c.last, c.person_days, c.people, c.main, c.themed, c.direction,
        CASE WHEN a.is_target THEN people_30 >= 2 AND micro_30 >= 30000000 ELSE people_60 >= 2 AND micro_60 >= 100000000 END
            AS rule
    FROM account a LEFT JOIN total t USING (account_id) LEFT JOIN intent i USING (account_id) CROSS JOIN connected w
    LEFT JOIN chosen c USING (account_id)
)
SELECT *, CASE WHEN coalesce(person_days, 0) < 3 THEN 'cluster' WHEN people < 2 THEN 'spread' WHEN NOT direction THEN 'direction'
    WHEN score < 70 OR NOT coalesce(rule, false) THEN 'threshold' END AS block FROM scored

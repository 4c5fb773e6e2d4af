"""What the suite of declared state declares, and how a server drifts from it."""

from __future__ import annotations

# A schedule that says everything.
RICH = """\
  - id: says everything/1
    namespace: orders
    workflow: Nightly Report
    task_queue: orders/go
    workflow_id: report
    cron: ["0 3 * * *", "30 0 4 * * * *"]
    interval: [1h, 6h/10m, {every: 2d, offset: 1h}]
    calendar:
      - {hour: 9, day_of_month: 1-7, day_of_week: MON}
      - {minute: 5, comment: "a # b"}
    exclude: {month: 12, day_of_month: 25, hour: "*", minute: "*", second: "*"}
    timezone: Europe/Paris
    jitter: 30s
    start_time: 2027-01-01T00:00:00Z
    end_time: 2037-01-01T00:00:00+01:00
    input: [{a: 1}]
    memo: {why: because, n: [1, null]}
    search_attributes: {CustomerId: c7}
    execution_timeout: 1h
    run_timeout: 30m
    task_timeout: 20s
    retry_policy: {initial_interval: 2s, maximum_attempts: 3, non_retryable_error_types: [Bad]}
    static_summary: A summary
    static_details: "Two\\nlines"
    paused: true
    note: A note
    remaining_actions: 5
    overlap: buffer_one
    catchup_window: 1m
    pause_on_failure: true
    keep_original_workflow_id: true
    schedule_memo: {owner: team}
    schedule_search_attributes: {CustomerId: c8}
"""


SEEDS = """\
namespaces:
  - name: orders
    retention: 30d
    description: Order processing workflows
    owner_email: orders@example.com
    data: {team: checkout}
    search_attributes: {CustomerId: Keyword, OrderTotal: Double}
  - {name: pnats, retention: 2160h}
  - name: pnats-staging
    retention: 1440h
    search_attributes: {CustomerId: Keyword, Order "x.y" @ Home: Keyword}
  - {name: pnats-dev, retention: 720h}
nexus_endpoints:
  - name: orders
    target: {namespace: orders, task_queue: orders-go}
    description: Place orders
task_queues:
  - {name: orders-go, namespace: orders, rate_limit: 50, fairness_key_rate_limit: 2.5}
  - {name: slow, namespace: pnats, rate_limit: 0.1}
schedules:
  - id: nightly-report
    namespace: orders
    workflow: NightlyReport
    task_queue: orders-go
    cron: "CRON_TZ=Europe/Paris 0 2 * * MON-FRI # reports"
    input: [{region: eu, limits: [1, 2.5, null]}, "text", null]
    note: Reports of the day
  - id: often
    namespace: orders
    workflow: Often
    task_queue: orders-go
    interval: 6h
    offset: 10m
    overlap: buffer_one
    catchup_window: 1m
  - id: office-hours
    namespace: pnats
    workflow: Check
    task_queue: pnats
    calendar: {minute: "*/15", hour: 9-17, day_of_week: MON-FRI}
    timezone: America/New_York
    paused: true
"""
SEEDS += RICH


# The same with everything said otherwise, and with nothing said that need not be.
OTHERWISE = """\
schedules:
  - id: says everything/1
    namespace: orders
    workflow: Other
    task_queue: other
    interval: 1d
    exclude: [{hour: 0}, {hour: 1}]
    jitter: 1m
    start_time: 2028-01-01T00:00:00Z
    end_time: 2038-01-01T00:00:00Z
    input: [1, 2]
    memo: {why: other}
    search_attributes: {CustomerId: other}
    execution_timeout: 2h
    run_timeout: 1h
    task_timeout: 30s
    retry_policy: {maximum_attempts: 1}
    static_summary: Another
    static_details: Other details
    note: Another note
    remaining_actions: 4
    overlap: allow_all
    catchup_window: 2m
    schedule_search_attributes: {CustomerId: c9}
"""


BARELY = """\
schedules:
  - {id: says everything/1, namespace: orders, workflow: W, task_queue: q, interval: 1h}
"""


RICH_TIMES = (
    "0 3 * * *; 0 9 1-7 * 1; 30 0 4 * * * *; 5 0 * * * # a # b; @every 1h; @every 2d/1h; @every 6h/10m"
)


PLANNED = [
    "+ namespace orders (retention 30d)",
    "+ namespace pnats (retention 90d)",
    "+ namespace pnats-staging (retention 60d)",
    "+ namespace pnats-dev (retention 30d)",
    "+ search attribute orders.CustomerId Keyword",
    "+ search attribute orders.OrderTotal Double",
    "+ search attribute pnats-staging.CustomerId Keyword",
    '+ search attribute pnats-staging.Order "x.y" @ Home Keyword',
    "+ Nexus endpoint orders (target orders/orders-go)",
    "+ schedule orders.nightly-report (times 0 2 * * 1-5 # reports)",
    "+ schedule orders.often (times @every 6h/10m)",
    "+ schedule pnats.office-hours (times */15 9-17 * * 1-5)",
    f"+ schedule orders.says everything/1 (times {RICH_TIMES})",
    "~ task queue orders.orders-go: rate_limit none → 50",
    "~ task queue orders.orders-go: fairness_key_rate_limit none → 2.5",
    "~ task queue pnats.slow: rate_limit none → 0.1",
]


UPDATE_OFTEN = (
    "schedule update -n orders -s often --type Often -t orders-go -w often "
    "--overlap-policy BufferOne --catchup-window 1m"
)


LIMIT = "task-queue config set --task-queue-type activity"


# What somebody does with Temporal's own CLI, and what a plan makes of it, in the order of the plan. Ways to
# touch the same thing are in different rounds.
DRIFT = {
    "of all kinds": (
        (
            "operator namespace update -n orders --description Other",
            '~ namespace orders: description "Other" → "Order processing workflows"',
        ),
        ("operator namespace update -n pnats --retention 72h", "~ namespace pnats: retention 3d → 90d"),
        ("operator namespace delete -n pnats-dev --yes", "+ namespace pnats-dev (retention 30d)"),
        (
            "operator search-attribute remove -n orders --name OrderTotal --yes",
            "+ search attribute orders.OrderTotal Double",
        ),
        (
            "operator nexus endpoint update --name orders --target-namespace pnats --target-task-queue q",
            "~ Nexus endpoint orders: target pnats/q → orders/orders-go",
        ),
        (
            "schedule delete -n orders -s nightly-report",
            "+ schedule orders.nightly-report (times 0 2 * * 1-5 # reports)",
        ),
        (f"{UPDATE_OFTEN} --interval 1h", "~ schedule orders.often: times @every 1h → @every 6h/10m"),
        (
            "schedule toggle -n pnats -s office-hours --unpause --reason x",
            "~ schedule pnats.office-hours: paused false → true",
        ),
        (
            f"{LIMIT} -n orders -t orders-go --queue-rps-limit 7",
            "~ task queue orders.orders-go: rate_limit 7 → 50",
        ),
    ),
    "of what else they have": (
        (
            "operator namespace update -n orders --email other@example.com",
            '~ namespace orders: owner_email "other@example.com" → "orders@example.com"',
        ),
        (
            "operator nexus endpoint update --name orders --description Other",
            '~ Nexus endpoint orders: description "Other" → "Place orders"',
        ),
        (
            f"{UPDATE_OFTEN} --interval 6h/10m --jitter 5s",
            "~ schedule orders.often: jitter 5s → none",
        ),
        (
            f"{LIMIT} -n orders -t orders-go --fairness-key-rps-limit-default default",
            "~ task queue orders.orders-go: fairness_key_rate_limit none → 2.5",
        ),
    ),
    "of an endpoint that is gone": (
        ("operator nexus endpoint delete --name orders", "+ Nexus endpoint orders (target orders/orders-go)"),
    ),
}


CRON_LINES = (
    "0 2 * * *",
    "*/15 9-17 * * MON-FRI",
    "5/10 1,13-15 1-31/2 jan-dec/3 *",
    "0 0 * * 3-7/2",
    "0 0 * * 0-7",
    "0 0 * * fri-7 2030",
    "30 0 12 1,15 * sun,SAT 2026-2040/2",
    "0 12 * * * # noon",
    "TZ=Asia/Tokyo 0 12 * * *",
    "@daily",
    "@yearly",
    "@every 90m",
    "@every 1d/6h",
)


NO_CRON_LINES = (
    "* * * *",
    "0 25 * * *",
    "0 0 0 * *",
    "*/0 * * * *",
    "5-1 * * * *",
    "1-2-3 * * * *",
    "1/2/3 * * * *",
    "1,,2 * * * *",
    "0 0 * * fri-sun",
    "0 0 * ja *",
    "0 0 1 1 * 1999",
    "@nightly",
    "@every 0.5s",
    "@every 1h/1h",
    "TZ=Europe/Paris",
)

const page = (text, link) => ({ text, link })

/** The sidebar of every page. `npm run site` fails if a page of docs/ is not in it. */
export const sidebar = (apiEntries) => [
  {
    text: 'Start',
    items: [
      page('What it is', '/'),
      page('Getting started', '/getting-started'),
      page('How it works', '/concepts'),
      page('Glossary', '/glossary'),
    ],
  },
  {
    text: 'Guides',
    items: [
      page('Use the pool in your gateway', '/gateway'),
      page('Choose a store', '/choose-a-store'),
      page('Redis, Postgres, etcd, SQLite', '/engines'),
      page('Configuration', '/configure'),
      page('Roll back', '/roll-back'),
      page('Migrate', '/migrate'),
      page('From files to Redis', '/move-to-redis'),
      page('Bring sessions back', '/bring-sessions-back'),
      page('Whose records: poolId', '/pool-ids'),
      page('HTTP, health, dashboard', '/http'),
      page('Telemetry', '/telemetry'),
      page('A dashboard in Express', '/express'),
      page('The command', '/cli'),
      page('A fleet', '/fleet'),
      page('Containers and systemd', '/containers'),
      page('Bundlers', '/bundlers'),
      page('Test your gateway', '/test-your-gateway'),
      page('Write a store', '/write-a-store'),
      page('Write a host', '/write-a-host'),
      page('Secure a gateway', '/secure'),
      page('Going to production', '/production'),
    ],
  },
  {
    text: 'In trouble',
    items: [
      page('Troubleshooting', '/troubleshooting'),
      page('Operations', '/operate'),
      page('Error codes', '/operate#error-codes'),
      page('Log lines', '/operate#log-lines'),
    ],
  },
  {
    text: 'Reference',
    items: [
      page('Overview', '/reference'),
      page('Options', '/gateway#all-options'),
      page('Events', '/gateway#events'),
      page('Variables', '/configure#the-environment'),
      page('Commands', '/cli#all-commands'),
      page('Routes', '/http#routes'),
      page('Guarantees and limits', '/guarantees'),
      page('Sizes', '/limits'),
      page('The threat model', '/threat-model'),
      page('Dependencies', '/dependencies'),
    ],
  },
  {
    text: 'Packages',
    collapsed: true,
    items: [
      ...['core', 'tmux', 'store-file', 'store-lowdb', 'store-keyv', 'store-kit', 'contracts', 'selection'],
      ...['cli', 'http', 'telemetry', 'conformance', 'drill', 'disk', 'replication', 'resume'],
    ].map((name) => page(name, `/packages/${name}`)),
  },
  { text: 'API', collapsed: true, items: apiEntries },
  {
    text: 'Measurements',
    collapsed: true,
    items: [
      page('What persistence costs', '/benchmarks'),
      page('What switching costs', '/switching'),
      page('What an outage costs', '/outages'),
      page('One writer, tested', '/one-writer'),
      page('How far it scales', '/scale'),
      page('Reliability', '/reliability'),
    ],
  },
  {
    text: 'For contributors',
    collapsed: true,
    items: [
      page('Contributing', '/contributing'),
      page('Architecture', '/architecture'),
      page('Decisions', '/decisions/'),
      page('Security', '/security'),
      page('Code of conduct', '/code-of-conduct'),
    ],
  },
]

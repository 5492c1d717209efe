import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { deployed, type Json, list, ofType, type Statement, statements } from './fixture.ts';

const { all: everything, app } = deployed('prod');
// CDK's own function, which copies the dashboard to its bucket while a deploy runs.
const all = Object.fromEntries(
  Object.entries(everything).filter(([id]) => !id.startsWith('CustomCDKBucketDeployment')),
);

/** Every `Resource: *` of an identity, by role and action, and why it cannot be less. */
const EVERYTHING: Readonly<Record<string, string>> = {
  'ecr:GetAuthorizationToken': 'knows no resource',
  'xray:PutTraceSegments': 'knows no resource',
  'xray:PutTelemetryRecords': 'knows no resource',
  'cloudwatch:DescribeAlarms': 'CodeDeploy asks for all alarms at once',
  'ecs:ListTasks': 'knows no resource but a condition: the cluster',
};

test('no identity may do something to everything without a reason', () => {
  const wide = statements(all).filter(({ effect, resources }) => effect === 'Allow' && resources.includes('*'));
  const unexplained = wide.flatMap(({ where, actions }) =>
    actions.filter((action) => !(action in EVERYTHING)).map((action) => `${where}: ${action}`),
  );
  assert.deepEqual(unexplained, []);
  const used = new Set(wide.flatMap(({ actions }) => actions));
  assert.deepEqual(
    Object.keys(EVERYTHING).filter((action) => !used.has(action)),
    [],
    'a reason that nobody needs',
  );
});

test('no identity may do everything to something', () => {
  const wide = statements(all).flatMap(({ where, effect, actions }) =>
    actions.filter((action) => effect === 'Allow' && action.includes('*')).map((action) => `${where}: ${action}`),
  );
  assert.deepEqual(wide, []);
});

test('no function has a policy that somebody else wrote', () => {
  for (const [id, { Properties }] of ofType(app, 'AWS::IAM::Role'))
    assert.equal(Properties.ManagedPolicyArns, undefined, id);
});

function of(role: string): Statement[] {
  const found = statements(app).filter(({ where }) => where === role);
  assert.ok(found.length > 0, role);
  return found;
}

const actions = (role: string): string[] => [...new Set(of(role).flatMap((statement) => statement.actions))].sort();
const LOGS = ['logs:CreateLogStream', 'logs:PutLogEvents'];
const KEY = [
  'kms:Decrypt',
  'kms:DescribeKey',
  'kms:Encrypt',
  'kms:GenerateDataKey',
  'kms:ReEncryptFrom',
  'kms:ReEncryptTo',
];
const TRACE = ['xray:PutTelemetryRecords', 'xray:PutTraceSegments'];
const EVERY = [...LOGS, ...KEY, ...TRACE];
const table = (...names: string[]): string[] => names.map((name) => `dynamodb:${name}`);

test('each function may do what its code calls, and nothing else', () => {
  const expected: Record<string, string[]> = {
    ApiRole: [
      ...table('BatchGetItem', 'DeleteItem', 'GetItem', 'PutItem', 'Query', 'UpdateItem'),
      'execute-api:ManageConnections',
      's3:DeleteObject',
      's3:GetObject',
      's3:ListBucket',
      'secretsmanager:GetSecretValue',
      'sqs:GetQueueAttributes',
      'sqs:SendMessage',
    ],
    DispatcherRole: [
      ...table('BatchGetItem', 'DeleteItem', 'GetItem', 'PutItem', 'Query', 'UpdateItem'),
      'ecs:DescribeTasks',
      'ecs:ListTasks',
      'ecs:RunTask',
      'ecs:StopTask',
      'execute-api:ManageConnections',
      'iam:PassRole',
      'secretsmanager:GetSecretValue',
      'sqs:DeleteMessage',
      'sqs:GetQueueAttributes',
      'sqs:ReceiveMessage',
      'sqs:SendMessage',
    ],
    ProgressRole: [
      ...table('BatchGetItem', 'DeleteItem', 'GetItem', 'PutItem', 'Query', 'UpdateItem'),
      'execute-api:ManageConnections',
      's3:PutObject',
      'sqs:SendMessage',
    ],
    WsConnectRole: [
      ...table('BatchGetItem', 'DeleteItem', 'GetItem', 'PutItem', 'Query', 'UpdateItem'),
      'execute-api:ManageConnections',
    ],
  };
  for (const [role, own] of Object.entries(expected)) assert.deepEqual(actions(role), [...own, ...EVERY].sort(), role);
});

test('each function sees its part of the table', () => {
  const keys = (role: string): string[] => {
    const found = of(role).filter(({ actions: names }) => names.some((name) => name.startsWith('dynamodb:')));
    return [
      ...new Set(
        found.flatMap(({ condition }) => list<string>(condition['ForAllValues:StringLike']?.['dynamodb:LeadingKeys'])),
      ),
    ].sort();
  };
  const account = ['AUDIT', 'EMAIL#*', 'KEYHASH#*', 'LINK#*', 'LOGIN#*', 'RATE#*', 'USER#*', 'USERS'];
  assert.deepEqual(keys('ProgressRole'), ['CONN#*', 'KEYS#run', 'SLOTS#*', 'TASK#*', 'TOPIC#*', 'USAGE#*']);
  assert.deepEqual(keys('WsConnectRole'), ['CONN#*', 'TASK#*', 'TICKET#*', 'TOPIC#*']);
  assert.deepEqual(keys('DispatcherRole'), ['CONN#*', 'KEYS#run', 'SLOTS#*', 'TASK#*', 'TOPIC#*', 'USAGE#*']);
  for (const key of account) assert.ok(keys('ApiRole').includes(key), key);
});

test('no statement about the table is without its keys, except for an index of keys', () => {
  for (const { where, actions: names, resources, condition } of statements(app)) {
    if (!names.some((name) => name.startsWith('dynamodb:'))) continue;
    const narrowed = condition['ForAllValues:StringLike']?.['dynamodb:LeadingKeys'] !== undefined;
    const index = resources.every((resource: Json) => /\/index\/\w+$/.test(resource['Fn::Sub']));
    const queried = !names.some((name) => name !== 'dynamodb:Query');
    assert.ok(narrowed || (index && queried), `${where}: ${names}`);
    assert.ok(!names.includes('dynamodb:Scan'));
  }
});

test('only the dispatcher starts containers: of our family, in our cluster, as our roles', () => {
  for (const role of ['ApiRole', 'ProgressRole', 'WsConnectRole']) {
    assert.ok(!actions(role).some((action) => action.startsWith('ecs:') || action.startsWith('iam:')), role);
  }
  for (const { actions: names, resources, condition } of of('DispatcherRole')) {
    if (names.some((name) => name.startsWith('ecs:'))) assert.ok(condition.ArnEquals['ecs:cluster'], String(names));
    if (names.includes('ecs:RunTask'))
      assert.match(resources[0]['Fn::Sub'], /task-definition\/\$\{TaskDefinitionFamily\}:\*$/);
    if (names.includes('iam:PassRole')) {
      assert.equal(condition.StringEquals['iam:PassedToService'], 'ecs-tasks.amazonaws.com');
      assert.deepEqual(resources, [{ Ref: 'TaskRoleArn' }, { Ref: 'TaskExecutionRoleArn' }]);
    }
  }
});

test('a push goes to sockets of this stage and nowhere else', () => {
  for (const { actions: names, resources } of statements(app)) {
    if (!names.includes('execute-api:ManageConnections')) continue;
    assert.match(resources[0]['Fn::Sub'], /\$\{WebSocketApi\}\/\$\{Stage\}\/POST\/@connections\/\*$/);
  }
});

test('the keys of a transaction stand in one statement', () => {
  // The end of a run writes to all three at once (crates/store/src/finish.rs); it may be judged as one.
  for (const role of ['DispatcherRole', 'ProgressRole']) {
    const together = of(role).filter(({ condition }) => {
      const keys = list<string>(condition['ForAllValues:StringLike']?.['dynamodb:LeadingKeys']);
      return ['TASK#*', 'SLOTS#*', 'USAGE#*'].every((key) => keys.includes(key));
    });
    assert.equal(together.length, 1, role);
    for (const action of table('PutItem', 'UpdateItem', 'DeleteItem')) assert.ok(together[0]?.actions.includes(action));
  }
});

test("every kind of item is somebody's", () => {
  const source = readFileSync(new URL('../../crates/store/src/keys.rs', import.meta.url), 'utf8');
  const kinds = new Set([...source.matchAll(/Key::new\((?:format!\()?"([A-Z]+)#/g)].map(([, kind]) => `${kind}#`));
  assert.ok(kinds.size > 5);
  const granted = statements(app).flatMap(({ condition }) =>
    list<string>(condition['ForAllValues:StringLike']?.['dynamodb:LeadingKeys']),
  );
  for (const kind of kinds)
    assert.ok(
      granted.some((key) => key.startsWith(kind)),
      kind,
    );
});

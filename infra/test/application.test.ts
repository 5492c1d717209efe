import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deployed, list, ofType, only, type Resource } from './fixture.ts';

const { app, all } = deployed('prod');
const functions = ofType(app, 'AWS::Lambda::Function');

function get(logicalId: string): Resource {
  const resource = app[logicalId];
  assert.ok(resource, `${logicalId} is there`);
  return resource;
}

test('a ring comes back only when the dispatcher can no longer be at it', () => {
  const { VisibilityTimeout } = get('RingQueue').Properties;
  assert.ok(VisibilityTimeout >= 6 * get('DispatcherFunction').Properties.Timeout);
});

test('the queue wakes the dispatcher, gives back what failed, and never floods it', () => {
  const [, { Properties }] = only(app, 'AWS::Lambda::EventSourceMapping');
  assert.deepEqual(Properties.FunctionName, { Ref: 'DispatcherFunctionAliaslive' });
  assert.deepEqual(Properties.FunctionResponseTypes, ['ReportBatchItemFailures']);
  assert.deepEqual(Properties.EventSourceArn, { 'Fn::GetAtt': ['RingQueue', 'Arn'] });
  const concurrency = Properties.ScalingConfig.MaximumConcurrency;
  assert.ok(typeof concurrency === 'number' && concurrency >= 2, 'a literal number');
});

test('every queue but a dead-letter queue has one, and it has an alarm', () => {
  const queues = ofType(all, 'AWS::SQS::Queue');
  const dead = new Set(
    queues.flatMap(([, { Properties }]) => list(Properties.RedrivePolicy?.deadLetterTargetArn?.['Fn::GetAtt']?.[0])),
  );
  for (const [id, { Properties }] of queues) {
    if (!dead.has(id)) {
      assert.ok(Properties.RedrivePolicy, `${id} has a dead-letter queue`);
      assert.ok(Properties.RedrivePolicy.maxReceiveCount >= 5);
    }
  }
  const watched = ofType(app, 'AWS::CloudWatch::Alarm').map(([, { Properties }]) =>
    Properties.MetricName === 'ApproximateNumberOfMessagesVisible'
      ? Properties.Dimensions[0].Value['Fn::GetAtt'][0]
      : '',
  );
  assert.ok(dead.size > 0);
  for (const id of dead) assert.ok(watched.includes(id), `${id} has an alarm`);
});

test('every alarm tells somebody', () => {
  for (const [id, { Properties }] of ofType(all, 'AWS::CloudWatch::Alarm')) {
    assert.equal(Properties.AlarmActions?.length, 1, id);
  }
});

test('every log group ends by itself', () => {
  for (const [id, { Properties }] of ofType(all, 'AWS::Logs::LogGroup')) assert.ok(Properties.RetentionInDays, id);
});

test('every function logs JSON to a group of its own', () => {
  const groups = functions.map(([id, { Properties }]) => {
    assert.equal(Properties.LoggingConfig.LogFormat, 'JSON', id);
    return Properties.LoggingConfig.LogGroup.Ref;
  });
  assert.equal(new Set(groups).size, functions.length);
  for (const group of groups) assert.equal(get(group).Type, 'AWS::Logs::LogGroup');
});

test('every function is a bootstrap with all settings and a role of its own', () => {
  assert.deepEqual(functions.map(([id]) => id).sort(), [
    'ApiFunction',
    'DispatcherFunction',
    'ProgressFunction',
    'WsConnectFunction',
  ]);
  const settings =
    'TABLE QUEUE_URL BUCKET RUN_URL SOCKET_URL MANAGEMENT_URL CLUSTER TASK_DEFINITION STAGE METRICS'.split(' ');
  for (const [id, { Properties }] of functions) {
    assert.equal(Properties.Runtime, 'provided.al2023', id);
    const names = Object.keys(Properties.Environment.Variables);
    for (const setting of settings) assert.ok(names.includes(`ERRAND_${setting}`), `${id}: ERRAND_${setting}`);
    assert.deepEqual(Properties.Role, { 'Fn::GetAtt': [id.replace('Function', 'Role'), 'Arn'] });
  }
});

test('secrets are named, never given, and only to who needs them', () => {
  const named = functions.flatMap(([id, { Properties }]) =>
    Object.entries(Properties.Environment.Variables)
      .filter(([name]) => /SECRET|KEY|PASSWORD|TOKEN/.test(name))
      .map(([name, value]) => [id, name, value]),
  );
  assert.deepEqual(named, [
    ['ApiFunction', 'ERRAND_SIGNING_KEYS_SECRET', { Ref: 'AccessKeysSecretArn' }],
    ['ApiFunction', 'ERRAND_ADMIN_SECRET', { Ref: 'AdminSecretArn' }],
    ['DispatcherFunction', 'ERRAND_SIGNING_KEYS_SECRET', { Ref: 'RunKeysSecretArn' }],
  ]);
});

test('a runner reaches progress, everybody else the api, and nothing bypasses the alias', () => {
  const target = (route: Resource): string => {
    const integration = get(/\$\{(\w+)\}/.exec(route.Properties.Target['Fn::Sub'])?.[1] ?? '');
    return /functions\/\$\{(\w+)\}\/invocations/.exec(integration.Properties.IntegrationUri['Fn::Sub'])?.[1] ?? '';
  };
  const routes = ofType(app, 'AWS::ApiGatewayV2::Route').map(([, route]) => [route.Properties.RouteKey, target(route)]);
  assert.deepEqual(Object.fromEntries(routes), {
    'POST /v1/auth/login': 'ApiFunctionAliaslive',
    'ANY /v1/{proxy+}': 'ApiFunctionAliaslive',
    'GET /health': 'ApiFunctionAliaslive',
    'GET /': 'ApiFunctionAliaslive',
    'ANY /v1/run': 'ProgressFunctionAliaslive',
    'ANY /v1/run/{proxy+}': 'ProgressFunctionAliaslive',
    $connect: 'WsConnectFunctionAliaslive',
    $disconnect: 'WsConnectFunctionAliaslive',
    $default: 'WsConnectFunctionAliaslive',
  });
  for (const [id, { Properties }] of ofType(app, 'AWS::Lambda::Permission')) {
    const name = Properties.FunctionName['Fn::Sub'] ?? Properties.FunctionName.Ref;
    assert.match(name, /Aliaslive/, `${id} is a permission of the alias`);
    assert.ok(Properties.SourceArn, `${id} names who may call`);
  }
});

test('both APIs hold back and log', () => {
  for (const [id, { Properties }] of ofType(app, 'AWS::ApiGatewayV2::Stage')) {
    assert.ok(Properties.DefaultRouteSettings.ThrottlingRateLimit, id);
    assert.ok(Properties.DefaultRouteSettings.ThrottlingBurstLimit, id);
    assert.ok(Properties.AccessLogSettings, id);
    assert.equal(Properties.AutoDeploy, true, id);
  }
});

test('the dispatcher hears each minute, and when a container of ours has ended', () => {
  const rules = ofType(app, 'AWS::Events::Rule').map(([, { Properties }]) => Properties);
  assert.equal(rules.length, 2);
  const [tick] = rules.filter((rule) => rule.ScheduleExpression === 'rate(1 minute)');
  const [stopped] = rules.filter((rule) => rule.EventPattern !== undefined);
  assert.deepEqual(stopped.EventPattern.detail.lastStatus, ['STOPPED']);
  assert.match(stopped.EventPattern.detail.clusterArn[0]['Fn::Sub'], /cluster\/\$\{ClusterName\}$/);
  for (const rule of [tick, stopped]) assert.deepEqual(rule.Targets[0].Arn, { Ref: 'DispatcherFunctionAliaslive' });
});

test('a release of the api goes to a tenth first and back if an alarm rings', () => {
  const [, { Properties }] = only(app, 'AWS::CodeDeploy::DeploymentGroup');
  assert.match(JSON.stringify(Properties.DeploymentConfigName), /Canary10Percent5Minutes/);
  assert.deepEqual(
    Properties.AlarmConfiguration.Alarms.map((alarm: { Name: { Ref: string } }) => alarm.Name.Ref),
    ['ApiErrorsAlarm', 'ApiServerErrorsAlarm'],
  );
  assert.deepEqual(Properties.AutoRollbackConfiguration.Events.includes('DEPLOYMENT_STOP_ON_ALARM'), true);
});

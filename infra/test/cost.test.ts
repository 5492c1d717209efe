import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { table } from '../tools/cost.ts';
import { deployed, ofType } from './fixture.ts';

for (const stage of ['dev', 'prod']) {
  const { all } = deployed(stage);

  test(`${stage}: nothing runs while nobody uses it`, () => {
    for (const type of [
      'AWS::EC2::NatGateway',
      'AWS::EC2::EIP',
      'AWS::EC2::Instance',
      'AWS::ECS::Service',
      'AWS::ElasticLoadBalancingV2::LoadBalancer',
      'AWS::RDS::DBInstance',
      'AWS::Kinesis::Stream',
      'AWS::WAFv2::WebACL',
    ]) {
      assert.deepEqual(ofType(all, type), [], type);
    }
    for (const [id, { Properties }] of ofType(all, 'AWS::EC2::VPCEndpoint')) {
      assert.equal(Properties.VpcEndpointType, 'Gateway', `${id} is of the kind that is free`);
    }
    for (const [id, { Properties }] of ofType(all, 'AWS::Lambda::Alias')) {
      assert.equal(Properties.ProvisionedConcurrencyConfig, undefined, id);
    }
    for (const [id, { Properties }] of ofType(all, 'AWS::Lambda::EventSourceMapping')) {
      assert.equal(Properties.ProvisionedPollerConfig, undefined, id);
    }
    for (const [id, { Properties }] of ofType(all, 'AWS::DynamoDB::GlobalTable')) {
      assert.equal(Properties.BillingMode, 'PAY_PER_REQUEST', id);
    }
    for (const [id, { Properties }] of ofType(all, 'AWS::ECS::Cluster')) {
      assert.deepEqual(Properties.ClusterSettings, [{ Name: 'containerInsights', Value: 'disabled' }], id);
    }
  });

  test(`${stage}: what costs at idle is what docs/DEPLOY.md counts`, () => {
    assert.equal(ofType(all, 'AWS::KMS::Key').length, 1);
    assert.equal(ofType(all, 'AWS::SecretsManager::Secret').length, 4);
    assert.equal(ofType(all, 'AWS::CloudWatch::Alarm').length, 15);
    assert.equal(ofType(all, 'AWS::CloudWatch::Dashboard').length, 1);
  });
}

test('docs/DEPLOY.md has the table that tools/cost.ts prints', () => {
  const page = readFileSync(new URL('../../docs/DEPLOY.md', import.meta.url), 'utf8');
  assert.ok(page.includes(table()), 'node --import tsx tools/cost.ts prints the new one');
});

test('the alarms that are counted are those that are there', () => {
  const alarms = ofType(deployed('prod').all, 'AWS::CloudWatch::Alarm');
  const metrics = alarms.flatMap(([, { Properties }]) => {
    const parts: { MetricStat?: object }[] = Properties.Metrics ?? [{ MetricStat: {} }];
    return parts.filter(({ MetricStat }) => MetricStat !== undefined);
  });
  assert.match(table(), new RegExp(`${alarms.length} alarms over ${metrics.length} metrics`));
});

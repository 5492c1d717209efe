import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { App, Stack, aws_sqs as sqs, Validations } from 'aws-cdk-lib';
import { CfnInclude } from 'aws-cdk-lib/cloudformation-include';
import { AwsSolutionsChecks } from 'cdk-nag';
import { acknowledge, acknowledgeApp } from '../lib/nag.ts';
import { EXPANDED } from './fixture.ts';

interface Violation {
  readonly ruleName: string;
  readonly violatingConstructs: { readonly constructPath?: string }[];
}

function findings(app: App): string[] {
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
  try {
    app.synth();
  } catch {
    // The report says what it was.
  }
  const report = JSON.parse(readFileSync(join(app.outdir, 'validation-report.json'), 'utf8'));
  const violations: Violation[] = report.pluginReports
    .filter((plugin: { pluginName?: string }) => /nag|AwsSolutions/i.test(JSON.stringify(plugin.pluginName ?? plugin)))
    .flatMap((plugin: { violations: Violation[] }) => plugin.violations);
  return violations.map(({ ruleName, violatingConstructs }) => `${violatingConstructs[0]?.constructPath} ${ruleName}`);
}

function expandedStack(): { app: App; template: CfnInclude } {
  const app = new App();
  const stack = new Stack(app, 'expanded', { env: { account: '111111111111', region: 'us-east-1' } });
  const template = new CfnInclude(stack, 'Template', { templateFile: EXPANDED, allowCyclicalReferences: true });
  acknowledgeApp((logicalId) => template.getResource(logicalId), {
    stage: '<Stage>',
    files: 'arn:<AWS::Partition>:s3:::<BucketName>/tasks/*',
    containers: 'arn:<AWS::Partition>:ecs:<AWS::Region>:<AWS::AccountId>:task/<ClusterName>/*',
    family: '<TaskDefinitionFamily>',
  });
  return { app, template };
}

test('what SAM makes of the template has no finding that is not meant so', () => {
  const { app } = expandedStack();
  assert.deepEqual(findings(app), []);
});

test('a new finding is not overlooked', () => {
  const { app } = expandedStack();
  new sqs.CfnQueue(app.node.findChild('expanded') as Stack, 'Forgotten');
  assert.match(findings(app).join('\n'), /Forgotten .*SQS3/);
});

test('a finding that is meant so is one finding, not its kind', () => {
  const { app, template } = expandedStack();
  acknowledge(template, { SQS4: 'nothing to do with it' });
  new sqs.CfnQueue(app.node.findChild('expanded') as Stack, 'Forgotten');
  assert.notDeepEqual(findings(app), []);
});

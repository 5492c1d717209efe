import { type CfnElement, Token, Validations } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';
import type { AppStack } from './app-stack.ts';
import type { Config } from './config.ts';
import type { EdgeStack } from './edge-stack.ts';
import type { PlatformStack } from './platform-stack.ts';

/** Findings that are meant so, each with its reason. Any other one fails `cdk synth`. */
export function acknowledge(scope: IConstruct, findings: Readonly<Record<string, string>>): void {
  for (const [finding, reason] of Object.entries(findings)) {
    Validations.of(scope).acknowledge({ id: `AwsSolutions::AwsSolutions-${finding}`, reason });
  }
}

export function acknowledgePlatform(stack: PlatformStack, prod: boolean): void {
  const { data, network, runner, secrets } = stack;
  acknowledge(secrets, {
    SMG4: 'rotated by hand (docs/DEPLOY.md): a rotated signing key signs everybody out, a model key comes from its maker',
  });
  acknowledge(runner.cluster, {
    ECS4: 'Container Insights bills by task; ours are many, short, and measured by themselves',
  });
  acknowledge(runner.executionRole, { 'IAM5[Resource::*]': 'ecr:GetAuthorizationToken knows no resource' });
  acknowledge(stack.node.findChild('ApiGatewayLogs'), {
    'IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs]':
      'the role that API Gateway asks for, for the whole account',
  });
  acknowledge(data.accessLogs, { S1: 'the logs of the logs are not logged' });
  if (!prod) acknowledge(network.vpc, { VPC7: 'flow logs in prod only: nothing listens in this network' });
}

/** How cdk-nag writes down what the application may reach. */
interface Reach {
  readonly stage: string;
  readonly files: string;
  readonly containers: string;
  readonly family: string;
}

/** Also for the expansion of the template, where the same resources have the same names. */
export function acknowledgeApp(resource: (logicalId: string) => IConstruct, reach: Reach): void {
  const api = 'arn:<AWS::Partition>:execute-api:<AWS::Region>:<AWS::AccountId>:<WebSocketApi>';
  const revisions = `arn:<AWS::Partition>:ecs:<AWS::Region>:<AWS::AccountId>:task-definition/${reach.family}:*`;
  const pushes = { [`IAM5[Resource::${api}/${reach.stage}/POST/@connections/*]`]: 'any socket of this API and stage' };
  const files = { [`IAM5[Resource::${reach.files}]`]: 'files of any task; whose it is, is checked in the function' };
  acknowledge(resource('ApiRole'), { ...pushes, ...files });
  acknowledge(resource('ProgressRole'), { ...pushes, ...files });
  acknowledge(resource('WsConnectRole'), pushes);
  acknowledge(resource('DispatcherRole'), {
    ...pushes,
    [`IAM5[Resource::${reach.containers}]`]: 'any container of this cluster',
    [`IAM5[Resource::${revisions}]`]: 'any revision of this family',
    'IAM5[Resource::*]': 'ecs:ListTasks knows no resource; a condition keeps it to this cluster',
  });
  acknowledge(resource('DeployRole'), {
    'IAM5[Resource::*]': 'cloudwatch:DescribeAlarms is asked for all alarms at once',
    'IAM5[Resource::<ApiFunction.Arn>:*]': 'any alias and version of this function',
  });
  for (const route of ['SignIn', 'Api', 'Health', 'Page', 'Run', 'RunProxy', 'Connect', 'Disconnect', 'Frame']) {
    acknowledge(resource(`${route}Route`), {
      APIG4: 'the function authorizes: sessions, API keys, run tokens, tickets',
    });
  }
  acknowledge(resource('WebSocketStage'), { APIG1: 'it logs unless a parameter says otherwise' });
  acknowledge(resource('RingDeadLetters'), { SQS3: 'this is the dead-letter queue' });
}

export function acknowledgeAppStack(stack: AppStack, stage: string): void {
  // As the platform exports them: the names follow from the paths of the constructs.
  const imported = (text: string, name: string, id: string): string =>
    `["${text}",{"${name}":{"Fn::ImportValue":"errand-${stage}-platform:ExportsOutputRef${id}"}}]`;
  acknowledgeApp((logicalId) => stack.resource(logicalId), {
    stage,
    files: imported('arn:${AWS::Partition}:s3:::${BucketName}/tasks/*', 'BucketName', 'DataFilesC1590605159BE5C1'),
    containers: imported(
      'arn:${AWS::Partition}:ecs:${AWS::Region}:${AWS::AccountId}:task/${ClusterName}/*',
      'ClusterName',
      'RunnerCluster2ECE3DAD21A6018B',
    ),
    family: `errand-${stage}-runner`,
  });
  Validations.of(stack).acknowledge({
    id: 'CloudFormation-Validate::W8003',
    reason: 'the conditions of template.yaml are decided here, by the parameters',
  });
}

export function acknowledgeEdge(stack: EdgeStack, config: Config): void {
  acknowledge(stack.distribution, {
    CFR1: 'customers may be anywhere',
    ...(config.waf ? {} : { CFR2: 'WAF costs at idle and is asked for: -c waf=true' }),
    ...(config.domain === undefined
      ? { CFR4: "CloudFront's own certificate; a domain of one's own brings TLS 1.2" }
      : {}),
  });
  acknowledgeUploader(stack);
}

/** CDK's own function that copies the dashboard to its bucket while a deploy runs. */
function acknowledgeUploader(stack: EdgeStack): void {
  const uploader = stack.node.tryFindChild('Custom::CDKBucketDeployment8693BB64968944B69AAFB0CC9EB8756C');
  if (uploader === undefined) return;
  const reason = "CDK's own, for the length of a deploy, and only on its assets and the bucket of the dashboard";
  const account = Token.isUnresolved(stack.account) ? '<AWS::AccountId>' : stack.account;
  const site = stack.getLogicalId(stack.node.findChild('Dashboard').node.defaultChild as CfnElement);
  acknowledge(uploader, {
    'IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole]': reason,
    ...Object.fromEntries(
      ['GetBucket', 'GetObject', 'List', 'Abort', 'DeleteObject'].map((name) => [`IAM5[Action::s3:${name}*]`, reason]),
    ),
    [`IAM5[Resource::arn:aws:s3:::cdk-hnb659fds-assets-${account}-${stack.region}/*]`]: reason,
    [`IAM5[Resource::<${site}.Arn>/*]`]: reason,
    'IAM5[Resource::*]': 'the invalidation of a cache whose name is known only afterwards',
    L1: 'its runtime comes with CDK',
  });
}

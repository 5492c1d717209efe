import {
  aws_apigateway as apigateway,
  CfnOutput,
  aws_cloudwatch as cloudwatch,
  aws_cloudwatch_actions as cloudwatchActions,
  Duration,
  Fn,
  aws_iam as iam,
  RemovalPolicy,
  Stack,
  type StackProps,
  aws_sns as sns,
  aws_sns_subscriptions as subscriptions,
} from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { Config } from './config.ts';
import { Data } from './platform/data.ts';
import { Network } from './platform/network.ts';
import { Runner } from './platform/runner.ts';
import { arn, Secrets } from './platform/secrets.ts';

/** What outlives a deploy, and the parameters by which template.yaml learns of it. */
export class PlatformStack extends Stack {
  readonly data: Data;
  readonly secrets: Secrets;
  readonly network: Network;
  readonly runner: Runner;
  readonly parameters: Readonly<Record<string, string>>;

  constructor(scope: Construct, id: string, config: Config, props: StackProps) {
    super(scope, id, { ...props, description: 'Errand: table, files, secrets, network, cluster' });
    this.data = new Data(this, 'Data', config);
    this.secrets = new Secrets(this, 'Secrets', config, this.data.key);
    this.network = new Network(this, 'Network', config);
    this.runner = new Runner(this, 'Runner', config, this.network, this.secrets, this.data.key);
    const { secrets, network, runner } = this;

    const alarms = new sns.Topic(this, 'Alarms', { masterKey: this.data.key, enforceSSL: true });
    // A topic with a policy of its own has lost the usual one, which lets alarms of the account in.
    alarms.grantPublish(
      new iam.ServicePrincipal('cloudwatch.amazonaws.com', {
        conditions: { StringEquals: { 'aws:SourceAccount': this.account } },
      }),
    );
    if (config.alarmEmail !== undefined) alarms.addSubscription(new subscriptions.EmailSubscription(config.alarmEmail));
    this.throttles().addAlarmAction(new cloudwatchActions.SnsAction(alarms));
    this.allowSocketLogs();

    this.parameters = {
      Stage: config.stage,
      TableName: this.data.table.tableName,
      BucketName: this.data.files.bucketName,
      DataKeyArn: this.data.key.keyArn,
      ClusterName: runner.cluster.clusterName,
      TaskDefinitionFamily: runner.family,
      TaskRoleArn: runner.taskRole.roleArn,
      TaskExecutionRoleArn: runner.executionRole.roleArn,
      SubnetIds: network.vpc.publicSubnets.map((subnet) => subnet.subnetId).join(','),
      SecurityGroupIds: network.runners.securityGroupId,
      AccessKeysSecretArn: arn(secrets.accessKeys),
      RunKeysSecretArn: arn(secrets.runKeys),
      AdminSecretArn: arn(secrets.admin),
      AlarmTopicArn: alarms.topicArn,
    };
    const output = (name: string, value: string, description?: string): void => {
      new CfnOutput(this, name, { value, ...(description === undefined ? {} : { description }) });
    };
    output('TableName', this.data.table.tableName);
    output('BucketName', this.data.files.bucketName);
    output('AccessLogsBucketName', this.data.accessLogs.bucketName);
    output('ClusterName', runner.cluster.clusterName);
    output('AdminEmail', config.adminEmail, 'who the first admin is');
    output('AccessKeysSecretArn', arn(secrets.accessKeys));
    output('RunKeysSecretArn', arn(secrets.runKeys));
    output('AdminSecretArn', arn(secrets.admin));
    output('ModelKeySecretArn', arn(secrets.modelKey));
    output('ImageRepository', runner.repository.repositoryUri, 'push the runner image here');
    output(
      'Next1PutModelKey',
      `aws secretsmanager put-secret-value --region ${this.region} --secret-id ${arn(secrets.modelKey)} --secret-string "$ANTHROPIC_API_KEY"`,
      'gives the runners their model key',
    );
    output(
      'Next2ReadAdminPassword',
      `aws secretsmanager get-secret-value --region ${this.region} --secret-id ${arn(secrets.admin)} --query SecretString --output text`,
      `shows the password with which ${config.adminEmail} signs in first`,
    );
  }

  /** By number and not by name: names would be looked up in the account, and kept in a file of their own. */
  override get availabilityZones(): string[] {
    return [0, 1].map((index) => Fn.select(index, Fn.getAzs()));
  }

  private throttles(): cloudwatch.Alarm {
    const metric = (metricName: string): cloudwatch.Metric =>
      new cloudwatch.Metric({
        namespace: 'AWS/DynamoDB',
        metricName,
        dimensionsMap: { TableName: this.data.table.tableName },
        statistic: cloudwatch.Stats.SUM,
        period: Duration.minutes(1),
      });
    return new cloudwatch.MathExpression({
      expression: 'FILL(reads, 0) + FILL(writes, 0)',
      usingMetrics: { reads: metric('ReadThrottleEvents'), writes: metric('WriteThrottleEvents') },
      period: Duration.minutes(1),
      label: 'throttled requests',
    }).createAlarm(this, 'TableThrottledAlarm', {
      alarmDescription: 'the table turns requests away (docs/RUNBOOK.md#tablethrottledalarm)',
      threshold: 10,
      evaluationPeriods: 3,
      treatMissingData: cloudwatch.TreatMissingData.NOT_BREACHING,
    });
  }

  /** API Gateway logs WebSockets as one role for the whole account and region. It stays: another stage may use it. */
  private allowSocketLogs(): void {
    const role = new iam.Role(this, 'ApiGatewayLogs', {
      assumedBy: new iam.ServicePrincipal('apigateway.amazonaws.com'),
      managedPolicies: [
        iam.ManagedPolicy.fromAwsManagedPolicyName('service-role/AmazonAPIGatewayPushToCloudWatchLogs'),
      ],
    });
    role.applyRemovalPolicy(RemovalPolicy.RETAIN);
    const account = new apigateway.CfnAccount(this, 'ApiGatewayAccount', { cloudWatchRoleArn: role.roleArn });
    account.applyRemovalPolicy(RemovalPolicy.RETAIN);
  }
}

import {
  Duration,
  aws_ecr as ecr,
  aws_ecs as ecs,
  aws_iam as iam,
  type aws_kms as kms,
  aws_logs as logs,
  RemovalPolicy,
  Stack,
} from 'aws-cdk-lib';
import { Construct } from 'constructs';
import type { Config } from '../config.ts';
import type { Network } from './network.ts';
import type { Secrets } from './secrets.ts';

/** What a run can write to. The image declares the same paths: only then a volume belongs to the image's user. */
const VOLUMES = ['work', 'tmp'];

/** The cluster, the image and what a container of it may do: nothing in AWS. */
export class Runner extends Construct {
  readonly cluster: ecs.Cluster;
  readonly repository: ecr.Repository;
  readonly task: ecs.FargateTaskDefinition;
  readonly taskRole: iam.Role;
  readonly executionRole: iam.Role;
  readonly family: string;

  constructor(scope: Construct, id: string, config: Config, network: Network, secrets: Secrets, key: kms.Key) {
    super(scope, id);
    const { prod } = config;
    // Container Insights bills by task, and ours are many and short: the metrics of our own say more.
    this.cluster = new ecs.Cluster(this, 'Cluster', {
      vpc: network.vpc,
      containerInsightsV2: ecs.ContainerInsights.DISABLED,
    });
    // As properties: an association of its own would keep the cluster from being deleted.
    const cluster = this.cluster.node.defaultChild as ecs.CfnCluster;
    cluster.capacityProviders = ['FARGATE', 'FARGATE_SPOT'];
    cluster.defaultCapacityProviderStrategy = [{ capacityProvider: 'FARGATE', weight: 1 }];

    this.repository = new ecr.Repository(this, 'Repository', {
      imageScanOnPush: true,
      encryption: ecr.RepositoryEncryption.KMS,
      encryptionKey: key,
      lifecycleRules: [{ maxImageCount: 10 }],
      removalPolicy: prod ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
      emptyOnDelete: !prod && !config.emulated,
    });
    const logGroup = new logs.LogGroup(this, 'Logs', {
      logGroupName: `/errand/${config.stage}/runner`,
      retention: logs.RetentionDays.ONE_MONTH,
      removalPolicy: RemovalPolicy.DESTROY,
    });

    const ours = new iam.ServicePrincipal('ecs-tasks.amazonaws.com', {
      conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(this).account } },
    });
    const description = (who: string): string => `Errand ${config.stage}: ${who}`;
    // Whoever controls the agent controls this role. It has no policy, and must never get one.
    this.taskRole = new iam.Role(this, 'TaskRole', {
      assumedBy: ours,
      description: description('a run, which may do nothing'),
    });
    this.executionRole = new iam.Role(this, 'ExecutionRole', {
      assumedBy: ours,
      description: description('what starts a run'),
    });

    // The family and not a revision is what the dispatcher names: a new revision is taken up without it.
    this.family = `errand-${config.stage}-runner`;
    this.task = new ecs.FargateTaskDefinition(this, 'Task', {
      family: this.family,
      cpu: 1024,
      memoryLimitMiB: 2048,
      runtimePlatform: {
        cpuArchitecture: config.architecture === 'arm64' ? ecs.CpuArchitecture.ARM64 : ecs.CpuArchitecture.X86_64,
        operatingSystemFamily: ecs.OperatingSystemFamily.LINUX,
      },
      taskRole: this.taskRole,
      executionRole: this.executionRole,
      volumes: VOLUMES.map((name) => ({ name })),
    });
    // No init before the supervisor: it would hold the same secrets, and let the agent read them.
    const linuxParameters = new ecs.LinuxParameters(this, 'Linux', { initProcessEnabled: false });
    linuxParameters.dropCapabilities(ecs.Capability.ALL);
    const container = this.task.addContainer('runner', {
      containerName: 'runner',
      image: ecs.ContainerImage.fromEcrRepository(this.repository, config.imageTag),
      essential: true,
      // The user is the image's own: 10001.
      readonlyRootFilesystem: true,
      linuxParameters,
      stopTimeout: Duration.seconds(30),
      logging: ecs.LogDrivers.awsLogs({ logGroup, streamPrefix: 'run', mode: ecs.AwsLogDriverMode.NON_BLOCKING }),
      // Where to report, and as which run, comes with each start.
      secrets: { ANTHROPIC_API_KEY: ecs.Secret.fromSecretsManager(secrets.modelKey) },
    });
    for (const name of VOLUMES) {
      container.addMountPoints({ sourceVolume: name, containerPath: `/${name}`, readOnly: false });
    }
  }
}

import { aws_ec2 as ec2, aws_logs as logs, RemovalPolicy } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import type { Config } from '../config.ts';

/**
 * Public subnets and no way in. A NAT gateway would cost more at idle than everything else together, and the images
 * that pass it more than the containers.
 */
export class Network extends Construct {
  readonly vpc: ec2.Vpc;
  readonly runners: ec2.SecurityGroup;

  constructor(scope: Construct, id: string, config: Config) {
    super(scope, id);
    this.vpc = new ec2.Vpc(this, 'Vpc', {
      natGateways: 0,
      subnetConfiguration: [
        // RunTask asks for an address; nothing else gets one.
        { name: 'public', subnetType: ec2.SubnetType.PUBLIC, cidrMask: 20, mapPublicIpOnLaunch: false },
      ],
      // Free, and the only kind that is.
      gatewayEndpoints: { S3: { service: ec2.GatewayVpcEndpointAwsService.S3 } },
      createInternetGateway: true,
    });
    if (config.prod && !config.emulated) {
      const logGroup = new logs.LogGroup(this, 'RejectedTraffic', {
        retention: logs.RetentionDays.ONE_MONTH,
        removalPolicy: RemovalPolicy.DESTROY,
      });
      this.vpc.addFlowLog('Rejected', {
        trafficType: ec2.FlowLogTrafficType.REJECT,
        destination: ec2.FlowLogDestination.toCloudWatchLogs(logGroup),
      });
    }
    this.runners = new ec2.SecurityGroup(this, 'Runners', {
      vpc: this.vpc,
      description: 'Runners: no way in, HTTPS out',
      allowAllOutbound: false,
    });
    // DNS goes by Amazon's resolver, which no security group concerns.
    this.runners.addEgressRule(ec2.Peer.anyIpv4(), ec2.Port.tcp(443), 'model, git, registries, the run protocol');
  }
}

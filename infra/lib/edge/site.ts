import {
  type aws_cloudfront as cloudfront,
  Duration,
  aws_logs as logs,
  RemovalPolicy,
  type aws_s3 as s3,
  aws_s3_deployment as s3deploy,
} from 'aws-cdk-lib';
import { Construct } from 'constructs';

export interface SiteProps {
  readonly bucket: s3.IBucket;
  readonly distribution: cloudfront.IDistribution;
  /** The dashboard as it was built. */
  readonly directory: string;
  /** `/config.json`: what one build is told about the installation that it runs in. */
  readonly runtime: Record<string, unknown>;
}

/**
 * The dashboard's files, with the stack, so that the bucket can go with it.
 *
 * First what pages name, then the pages: whoever loads one finds all of it. What older pages name stays, for tabs that are open.
 */
export class Site extends Construct {
  constructor(scope: Construct, id: string, { bucket, distribution, directory, runtime }: SiteProps) {
    super(scope, id);
    const logGroup = new logs.LogGroup(this, 'Logs', {
      retention: logs.RetentionDays.ONE_MONTH,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const common = { destinationBucket: bucket, retainOnDelete: false, prune: false, logGroup };
    const assets = new s3deploy.BucketDeployment(this, 'Assets', {
      ...common,
      sources: [s3deploy.Source.asset(directory, { exclude: ['*', '!assets', '!assets/**', '**/*.br'] })],
      cacheControl: [
        s3deploy.CacheControl.setPublic(),
        s3deploy.CacheControl.maxAge(Duration.days(365)),
        s3deploy.CacheControl.immutable(),
      ],
    });
    const pages = new s3deploy.BucketDeployment(this, 'Pages', {
      ...common,
      sources: [
        // CloudFront compresses by itself.
        s3deploy.Source.asset(directory, { exclude: ['assets', '**/*.br', 'config.json'] }),
        s3deploy.Source.jsonData('config.json', runtime),
      ],
      cacheControl: [s3deploy.CacheControl.noCache()],
      distribution,
      distributionPaths: ['/*'],
    });
    pages.node.addDependency(assets);
  }
}

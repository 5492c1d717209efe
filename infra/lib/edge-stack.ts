import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import {
  aws_certificatemanager as acm,
  CfnOutput,
  aws_cloudfront as cloudfront,
  Duration,
  aws_cloudfront_origins as origins,
  RemovalPolicy,
  Stack,
  type StackProps,
  aws_s3 as s3,
} from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { AppStack } from './app-stack.ts';
import type { Config } from './config.ts';
import { firewall } from './edge/firewall.ts';
import { securityHeaders } from './edge/headers.ts';
import { operations } from './edge/operations.ts';
import { Site } from './edge/site.ts';

/**
 * The dashboard, and the API under the same origin: no CORS, and one address for people.
 *
 * The API keeps its own address, without a secret header from here: runners and programs call it directly, for a call
 * through CloudFront costs them a hop and us its traffic. Every request is authorized by the function, and the limits
 * that protect it are the stage's. The firewall therefore guards this door only.
 */
export class EdgeStack extends Stack {
  readonly distribution: cloudfront.Distribution;

  constructor(scope: Construct, id: string, config: Config, app: AppStack, accessLogs: s3.IBucket, props: StackProps) {
    super(scope, id, { ...props, description: 'Errand: dashboard and its address' });
    const site = new s3.Bucket(this, 'Dashboard', {
      encryption: s3.BucketEncryption.S3_MANAGED,
      blockPublicAccess: s3.BlockPublicAccess.BLOCK_ALL,
      objectOwnership: s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
      enforceSSL: true,
      minimumTLSVersion: 1.2,
      serverAccessLogsBucket: accessLogs,
      serverAccessLogsPrefix: 'dashboard/',
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const host = (api: string): string => `${api}.execute-api.${this.region}.${this.urlSuffix}`;
    const responseHeadersPolicy = securityHeaders(this, host(app.webSocketApiId));
    const api: cloudfront.BehaviorOptions = {
      origin: new origins.HttpOrigin(host(app.httpApiId), {
        originSslProtocols: [cloudfront.OriginSslPolicy.TLS_V1_2],
        readTimeout: Duration.seconds(30),
      }),
      allowedMethods: cloudfront.AllowedMethods.ALLOW_ALL,
      cachePolicy: cloudfront.CachePolicy.CACHING_DISABLED,
      originRequestPolicy: cloudfront.OriginRequestPolicy.ALL_VIEWER_EXCEPT_HOST_HEADER,
      viewerProtocolPolicy: cloudfront.ViewerProtocolPolicy.HTTPS_ONLY,
      responseHeadersPolicy,
    };
    this.distribution = new cloudfront.Distribution(this, 'Distribution', {
      comment: `Errand ${config.stage}`,
      defaultRootObject: 'index.html',
      httpVersion: cloudfront.HttpVersion.HTTP2_AND_3,
      priceClass: cloudfront.PriceClass.PRICE_CLASS_100,
      logBucket: accessLogs,
      logFilePrefix: 'cloudfront/',
      ...(config.waf ? { webAclId: firewall(this) } : {}),
      ...this.domain(config),
      defaultBehavior: {
        origin: origins.S3BucketOrigin.withOriginAccessControl(site),
        viewerProtocolPolicy: cloudfront.ViewerProtocolPolicy.REDIRECT_TO_HTTPS,
        responseHeadersPolicy,
        functionAssociations: [
          {
            eventType: cloudfront.FunctionEventType.VIEWER_REQUEST,
            // Not by an error page: that one would turn the API's 403 into a page, too.
            function: new cloudfront.Function(this, 'Rewrite', {
              runtime: cloudfront.FunctionRuntime.JS_2_0,
              code: cloudfront.FunctionCode.fromFile({
                filePath: fileURLToPath(new URL('./edge/rewrite.js', import.meta.url)),
              }),
            }),
          },
        ],
      },
      additionalBehaviors: { '/v1/*': api, '/health': api },
    });
    if (existsSync(config.dashboardDir) && !config.emulated) {
      new Site(this, 'Site', {
        bucket: site,
        distribution: this.distribution,
        directory: config.dashboardDir,
        runtime: {
          mode: 'cloud',
          version: config.version,
          websocket: `wss://${host(app.webSocketApiId)}/${config.stage}`,
          sign_in: ['password'],
        },
      });
    }
    operations(this, config, app);
    new CfnOutput(this, 'DashboardUrl', {
      value: `https://${config.domain ?? this.distribution.distributionDomainName}`,
      description: 'dashboard and API for people',
    });
    new CfnOutput(this, 'DistributionDomain', { value: this.distribution.distributionDomainName });
  }

  private domain(config: Config): Partial<cloudfront.DistributionProps> {
    if (config.domain === undefined || config.certificateArn === undefined) return {};
    return {
      domainNames: [config.domain],
      certificate: acm.Certificate.fromCertificateArn(this, 'Certificate', config.certificateArn),
      minimumProtocolVersion: cloudfront.SecurityPolicyProtocol.TLS_V1_2_2021,
    };
  }
}

import { Duration, aws_dynamodb as dynamodb, aws_kms as kms, RemovalPolicy, aws_s3 as s3 } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import type { Config } from '../config.ts';

/** What must not be lost: the table and the files, and the key that both are encrypted with. */
export class Data extends Construct {
  readonly key: kms.Key;
  readonly table: dynamodb.TableV2;
  readonly files: s3.Bucket;
  readonly accessLogs: s3.Bucket;

  constructor(scope: Construct, id: string, config: Config) {
    super(scope, id);
    const removalPolicy = config.prod ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY;
    this.key = new kms.Key(this, 'Key', {
      description: `Errand ${config.stage}`,
      enableKeyRotation: true,
      removalPolicy,
    });

    // As crates/store/src/table.rs; a test compares them.
    const string = (name: string): dynamodb.Attribute => ({ name, type: dynamodb.AttributeType.STRING });
    const index = (indexName: string, partition: string, sort: string): dynamodb.GlobalSecondaryIndexPropsV2 => ({
      indexName,
      partitionKey: string(partition),
      sortKey: string(sort),
      projectionType: dynamodb.ProjectionType.KEYS_ONLY,
    });
    this.table = new dynamodb.TableV2(this, 'Table', {
      partitionKey: string('pk'),
      sortKey: string('sk'),
      globalSecondaryIndexes: [index('by_owner', 'owner_pk', 'owner_sk'), index('by_rank', 'rank_pk', 'rank_sk')],
      timeToLiveAttribute: 'expires_at',
      billing: dynamodb.Billing.onDemand(),
      encryption: dynamodb.TableEncryptionV2.customerManagedKey(this.key),
      pointInTimeRecoverySpecification: {
        pointInTimeRecoveryEnabled: true,
        recoveryPeriodInDays: config.prod ? 35 : 7,
      },
      deletionProtection: config.prod,
      removalPolicy,
    });

    const closed = {
      blockPublicAccess: s3.BlockPublicAccess.BLOCK_ALL,
      objectOwnership: s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
      // The emulator has no TLS, and would have to refuse itself.
      ...(config.emulated ? {} : { enforceSSL: true, minimumTLSVersion: 1.2 }),
    };
    // A bucket with something in it cannot be deleted: these logs stay behind and end by themselves.
    this.accessLogs = new s3.Bucket(this, 'AccessLogs', {
      ...closed,
      // CloudFront still delivers its logs by ACL.
      objectOwnership: s3.ObjectOwnership.OBJECT_WRITER,
      encryption: s3.BucketEncryption.S3_MANAGED,
      lifecycleRules: [{ expiration: Duration.days(90), abortIncompleteMultipartUploadAfter: Duration.days(1) }],
      removalPolicy: RemovalPolicy.RETAIN,
    });
    // Not versioned: who deletes a task wants it gone.
    this.files = new s3.Bucket(this, 'Files', {
      ...closed,
      encryption: s3.BucketEncryption.KMS,
      encryptionKey: this.key,
      bucketKeyEnabled: true,
      serverAccessLogsBucket: this.accessLogs,
      serverAccessLogsPrefix: 'files/',
      lifecycleRules: [
        {
          transitions: [{ storageClass: s3.StorageClass.INTELLIGENT_TIERING, transitionAfter: Duration.days(30) }],
          expiration: Duration.days(365),
          abortIncompleteMultipartUploadAfter: Duration.days(1),
        },
      ],
      removalPolicy,
      // It would be unreadable anyway, without its key.
      autoDeleteObjects: !config.prod && !config.emulated,
    });
  }
}

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { deployed, type Json, list, ofType, only, statements } from './fixture.ts';

const prod = deployed('prod');
const dev = deployed('dev');

const source = (path: string): string => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');

test('the table is the one that the code makes for itself elsewhere', () => {
  const [, { Properties }] = only(prod.platform, 'AWS::DynamoDB::GlobalTable');
  const rust = source('crates/store/src/table.rs');
  const keys = source('crates/store/src/keys.rs');

  const attributes = /for attribute_name in \[([^\]]+)\]/.exec(rust)?.[1]?.match(/\w+/g) ?? [];
  const names = Properties.AttributeDefinitions.map((attribute: { AttributeName: string }) => attribute.AttributeName);
  assert.ok(attributes.length >= 2);
  assert.deepEqual(names.sort(), [...attributes].sort());
  for (const { AttributeType } of Properties.AttributeDefinitions) assert.equal(AttributeType, 'S');

  const schema = (hash: string, range: string): unknown => [
    { AttributeName: hash, KeyType: 'HASH' },
    { AttributeName: range, KeyType: 'RANGE' },
  ];
  const own = /in key_schema\("(\w+)", "(\w+)"\)/.exec(rust);
  assert.deepEqual(Properties.KeySchema, schema(own?.[1] ?? '', own?.[2] ?? ''));

  const constant = (name: string): string => new RegExp(`const ${name}: &str = "(\\w+)"`).exec(keys)?.[1] ?? '';
  const indexes = [...rust.matchAll(/index\((\w+), "(\w+)", "(\w+)"\)/g)].map(([, name, hash, range]) => ({
    IndexName: constant(name ?? ''),
    KeySchema: schema(hash ?? '', range ?? ''),
    Projection: { ProjectionType: 'KEYS_ONLY' },
  }));
  assert.match(rust, /ProjectionType::KeysOnly/);
  assert.ok(indexes.length > 0);
  assert.deepEqual(Properties.GlobalSecondaryIndexes, indexes);

  const ttl = /\.attribute_name\("(\w+)"\)\s*\.enabled\(true\)/.exec(rust)?.[1];
  assert.deepEqual(Properties.TimeToLiveSpecification, { AttributeName: ttl, Enabled: true });
  assert.equal(Properties.BillingMode, 'PAY_PER_REQUEST');
});

test('in production the table outlives mistakes', () => {
  const [, { Properties, DeletionPolicy }] = only(prod.platform, 'AWS::DynamoDB::GlobalTable');
  assert.equal(DeletionPolicy, 'Retain');
  assert.equal(Properties.Replicas[0].DeletionProtectionEnabled, true);
  assert.equal(Properties.Replicas[0].PointInTimeRecoverySpecification.PointInTimeRecoveryEnabled, true);
  assert.equal(Properties.SSESpecification.SSEType, 'KMS');
  assert.equal(only(dev.platform, 'AWS::DynamoDB::GlobalTable')[1].DeletionPolicy, 'Delete');
});

test('no bucket is public, and none is read without TLS', () => {
  for (const { all } of [prod, dev]) {
    const policies = ofType(all, 'AWS::S3::BucketPolicy').map(([, { Properties }]) => Properties);
    for (const [id, { Properties }] of ofType(all, 'AWS::S3::Bucket')) {
      assert.deepEqual(
        Properties.PublicAccessBlockConfiguration,
        { BlockPublicAcls: true, BlockPublicPolicy: true, IgnorePublicAcls: true, RestrictPublicBuckets: true },
        id,
      );
      assert.ok(Properties.BucketEncryption, id);
      const policy = policies.find(({ Bucket }) => Bucket.Ref === id);
      assert.match(JSON.stringify(policy), /"aws:SecureTransport":"false"/, id);
    }
  }
});

test('files do not pile up', () => {
  for (const [id, { Properties }] of ofType(prod.platform, 'AWS::S3::Bucket')) {
    const rules = Properties.LifecycleConfiguration.Rules;
    assert.ok(
      rules.some((rule: { ExpirationInDays?: number }) => rule.ExpirationInDays !== undefined),
      id,
    );
  }
});

test('secrets are made by Secrets Manager and written in no template', () => {
  const secrets = ofType(prod.platform, 'AWS::SecretsManager::Secret');
  assert.equal(secrets.length, 4);
  for (const [id, { Properties }] of secrets) {
    assert.equal(Properties.SecretString, undefined, id);
    assert.ok(Properties.KmsKeyId, id);
    assert.equal(Properties.GenerateSecretString.ExcludePunctuation, true, id);
  }
  const lengths = secrets.map(([id, { Properties }]) => [
    id.replace(/^Secrets|[0-9A-F]{8}$/g, ''),
    Properties.GenerateSecretString.PasswordLength,
  ]);
  assert.equal(Object.fromEntries(lengths).AccessKeys, 64);
  assert.equal(Object.fromEntries(lengths).RunKeys, 64);
});

test('nothing comes in to a runner, and only HTTPS goes out', () => {
  assert.deepEqual(ofType(prod.all, 'AWS::EC2::SecurityGroupIngress'), []);
  const [, { Properties }] = only(prod.platform, 'AWS::EC2::SecurityGroup');
  assert.equal(Properties.SecurityGroupIngress, undefined);
  assert.deepEqual(
    Properties.SecurityGroupEgress.map((rule: Record<string, unknown>) => [
      rule.IpProtocol,
      rule.FromPort,
      rule.ToPort,
    ]),
    [['tcp', 443, 443]],
  );
});

test('a runner can write to its two volumes, is lent no capability, and gets its model key from Secrets Manager', () => {
  const [, { Properties }] = only(prod.platform, 'AWS::ECS::TaskDefinition');
  assert.equal(Properties.Family, 'errand-prod-runner');
  assert.equal(Properties.RuntimePlatform.CpuArchitecture, 'ARM64');
  assert.deepEqual(Properties.RequiresCompatibilities, ['FARGATE']);
  assert.equal(Properties.ContainerDefinitions.length, 1);
  const [container] = Properties.ContainerDefinitions;
  assert.equal(container.Name, 'runner');
  assert.equal(container.ReadonlyRootFilesystem, true);
  assert.notEqual(container.Privileged, true);
  assert.deepEqual(container.LinuxParameters, { Capabilities: { Drop: ['ALL'] }, InitProcessEnabled: false });
  assert.deepEqual(container.MountPoints, [
    { ContainerPath: '/work', ReadOnly: false, SourceVolume: 'work' },
    { ContainerPath: '/tmp', ReadOnly: false, SourceVolume: 'tmp' },
  ]);
  const declared = /^VOLUME (\[.*\])$/m.exec(source('runner-image/Dockerfile'))?.[1] ?? '';
  assert.deepEqual(
    container.MountPoints.map((mount: { ContainerPath: string }) => mount.ContainerPath),
    JSON.parse(declared),
  );
  assert.equal(container.Environment, undefined);
  assert.deepEqual(
    container.Secrets.map((secret: { Name: string }) => secret.Name),
    ['ANTHROPIC_API_KEY'],
  );
});

test('whoever takes over a runner can do nothing in AWS', () => {
  const [, { Properties }] = only(prod.platform, 'AWS::ECS::TaskDefinition');
  const role = Properties.TaskRoleArn['Fn::GetAtt'][0];
  assert.equal(prod.platform[role]?.Properties.Policies, undefined);
  assert.equal(prod.platform[role]?.Properties.ManagedPolicyArns, undefined);
  const attached = Object.values(prod.all).filter(({ Properties }) =>
    (Properties?.Roles ?? []).some((entry: { Ref: string }) => entry.Ref === role),
  );
  assert.deepEqual(attached, []);
});

test('what starts a runner can pull its image, write its log and read its key', () => {
  const [, { Properties }] = only(prod.platform, 'AWS::ECS::TaskDefinition');
  const role = Properties.ExecutionRoleArn['Fn::GetAtt'][0].replace(/[0-9A-F]{8}$/, '');
  const actions = statements(prod.platform)
    .filter(({ where }) => where.startsWith(role))
    .flatMap((statement) => statement.actions);
  assert.deepEqual(actions.sort(), [
    'ecr:BatchCheckLayerAvailability',
    'ecr:BatchGetImage',
    'ecr:GetAuthorizationToken',
    'ecr:GetDownloadUrlForLayer',
    'logs:CreateLogStream',
    'logs:PutLogEvents',
    'secretsmanager:DescribeSecret',
    'secretsmanager:GetSecretValue',
  ]);
});

test('an alarm may tell the topic, and read the key that it is encrypted with', () => {
  const allowed = (type: string, action: string): unknown[] =>
    ofType(prod.platform, type).flatMap(([, { Properties }]) =>
      (Properties.PolicyDocument ?? Properties.KeyPolicy).Statement.filter(
        ({ Effect, Principal, Action }: Json) =>
          Effect === 'Allow' &&
          Principal.Service === 'cloudwatch.amazonaws.com' &&
          list<string>(Action).some((name) => name.startsWith(action)),
      ).map(({ Condition }: Json) => Object.keys(Condition.StringEquals)),
    );
  assert.deepEqual(allowed('AWS::SNS::TopicPolicy', 'sns:Publish'), [['aws:SourceAccount']]);
  assert.ok(allowed('AWS::KMS::Key', 'kms:GenerateDataKey').length > 0);
});

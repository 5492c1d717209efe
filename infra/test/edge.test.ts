import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { runInNewContext } from 'node:vm';
import { deployed, type Json, list, ofType, only } from './fixture.ts';

const { edge } = deployed('prod');
const source = readFileSync(new URL('../lib/edge/rewrite.js', import.meta.url), 'utf8');

function distribution() {
  return only(edge, 'AWS::CloudFront::Distribution')[1].Properties.DistributionConfig;
}

/** As CloudFront calls it. */
function rewritten(uri: string): string {
  return runInNewContext(`${source}; handler({ request: { uri: ${JSON.stringify(uri)} } }).uri`);
}

for (const [uri, expected] of [
  ['/', '/index.html'],
  ['/tasks', '/index.html'],
  ['/tasks/task_1', '/index.html'],
  ['/v10/tasks', '/index.html'],
  ['/healthy', '/index.html'],
  ['/assets/app.3f2a.js', '/assets/app.3f2a.js'],
  ['/favicon.ico', '/favicon.ico'],
  ['/v1', '/v1'],
  ['/v1/', '/v1/'],
  ['/v1/tasks', '/v1/tasks'],
  ['/v1/tasks/task_1/artifacts/patch.diff', '/v1/tasks/task_1/artifacts/patch.diff'],
  ['/v1/run/events', '/v1/run/events'],
  ['/health', '/health'],
] as const) {
  test(`${uri} is ${expected}`, () => assert.equal(rewritten(uri), expected));
}

test('the rewriting is deployed as it was tested, and to the dashboard only', () => {
  const [id, { Properties }] = only(edge, 'AWS::CloudFront::Function');
  assert.equal(Properties.FunctionCode, source);
  const { DefaultCacheBehavior, CacheBehaviors, CustomErrorResponses } = distribution();
  assert.equal(DefaultCacheBehavior.FunctionAssociations[0].FunctionARN['Fn::GetAtt'][0], id);
  for (const behavior of CacheBehaviors) assert.equal(behavior.FunctionAssociations, undefined, behavior.PathPattern);
  assert.equal(CustomErrorResponses, undefined, 'an error of the API stays one');
});

test('the API is passed through: every method, nothing cached, its own host', () => {
  const { CacheBehaviors } = distribution();
  assert.deepEqual(
    CacheBehaviors.map((behavior: { PathPattern: string }) => behavior.PathPattern),
    ['/v1/*', '/health'],
  );
  for (const behavior of CacheBehaviors) {
    assert.equal(behavior.CachePolicyId, '4135ea2d-6df8-44a3-9df3-4b5a84be39ad', 'CachingDisabled');
    assert.equal(behavior.OriginRequestPolicyId, 'b689b0a8-53d0-40ab-baf2-68738e2966ac', 'AllViewerExceptHostHeader');
    assert.ok(behavior.AllowedMethods.includes('DELETE'));
    assert.equal(behavior.ViewerProtocolPolicy, 'https-only');
  }
});

test('the dashboard may load and reach nothing but ourselves', () => {
  const [, { Properties }] = only(edge, 'AWS::CloudFront::ResponseHeadersPolicy');
  const headers = Properties.ResponseHeadersPolicyConfig.SecurityHeadersConfig;
  const policy = JSON.stringify(headers.ContentSecurityPolicy.ContentSecurityPolicy);
  for (const part of [
    "default-src 'self'",
    "script-src 'self';",
    "frame-ancestors 'none'",
    "connect-src 'self' wss://",
  ]) {
    assert.ok(policy.includes(part), part);
  }
  assert.doesNotMatch(policy.replace("style-src 'self' 'unsafe-inline'", ''), /unsafe|\*/);
  assert.ok(headers.StrictTransportSecurity.AccessControlMaxAgeSec >= 31_536_000);
  assert.equal(headers.FrameOptions.FrameOption, 'DENY');
});

test('only CloudFront reads the bucket of the dashboard', () => {
  assert.equal(ofType(edge, 'AWS::CloudFront::OriginAccessControl').length, 1);
  const [, { Properties }] = only(edge, 'AWS::S3::BucketPolicy');
  const allowed = Properties.PolicyDocument.Statement.filter(({ Effect }: Json) => Effect === 'Allow');
  assert.deepEqual(
    allowed.map(({ Principal }: Json) => Principal),
    [{ Service: 'cloudfront.amazonaws.com' }],
  );
  assert.match(JSON.stringify(allowed[0]?.Condition), /AWS:SourceArn/);
});

test('what pages name by its hash is kept for a year, and is there before the pages, which are asked for each time', () => {
  const uploads = ofType(edge, 'Custom::CDKBucketDeployment');
  const caching = ([, { Properties }]: (typeof uploads)[number]): string => Properties.SystemMetadata['cache-control'];
  const assets = uploads.find((upload) => caching(upload) === 'public, max-age=31536000, immutable');
  const pages = uploads.find((upload) => caching(upload) === 'no-cache');
  assert.ok(assets && pages && uploads.length === 2, JSON.stringify(uploads.map(caching)));
  assert.ok(list(pages[1].DependsOn).includes(assets[0]), 'pages wait');
  for (const [, { Properties }] of [assets, pages])
    assert.equal(Properties.Prune, false, 'an open tab finds its files');
  assert.deepEqual(pages[1].Properties.DistributionPaths, ['/*']);
});

import { Stack, aws_wafv2 as waf } from 'aws-cdk-lib';
import type { Construct } from 'constructs';

/** WAF with AWS's common rules and a limit by address. It costs at idle, so it is asked for (`-c waf=true`). */
export function firewall(scope: Construct): string {
  if (Stack.of(scope).region !== 'us-east-1')
    throw new Error('-c waf=true: WAF for CloudFront lives in us-east-1 only');
  const visible = (metricName: string): waf.CfnWebACL.VisibilityConfigProperty => ({
    cloudWatchMetricsEnabled: true,
    sampledRequestsEnabled: true,
    metricName,
  });
  return new waf.CfnWebACL(scope, 'Firewall', {
    scope: 'CLOUDFRONT',
    defaultAction: { allow: {} },
    visibilityConfig: visible('firewall'),
    rules: [
      {
        name: 'rate',
        priority: 0,
        action: { block: {} },
        statement: { rateBasedStatement: { limit: 2000, aggregateKeyType: 'IP' } },
        visibilityConfig: visible('rate'),
      },
      {
        name: 'common',
        priority: 1,
        overrideAction: { none: {} },
        statement: {
          managedRuleGroupStatement: {
            vendorName: 'AWS',
            name: 'AWSManagedRulesCommonRuleSet',
            // A prompt may be longer than 8 KB and look like anything; the function checks it.
            ruleActionOverrides: [
              'SizeRestrictions_BODY',
              'CrossSiteScripting_BODY',
              'GenericLFI_BODY',
              'GenericRFI_BODY',
            ].map((name) => ({ name, actionToUse: { count: {} } })),
          },
        },
        visibilityConfig: visible('common'),
      },
    ],
  }).attrArn;
}

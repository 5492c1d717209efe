import { Aspects, aws_cloudwatch as cloudwatch, Fn } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';
import type { AppStack } from './app-stack.ts';
import { BINARIES } from './binaries.ts';
import type { Config } from './config.ts';

/** The emulator knows no alarm over several metrics: such a one watches a metric there that nobody writes. */
export function withoutMetricMath(scope: IConstruct): void {
  Aspects.of(scope).add({
    visit(node) {
      if (!(node instanceof cloudwatch.CfnAlarm) || node.metrics === undefined) return;
      node.metrics = undefined;
      Object.assign(node, { namespace: 'Emulated', metricName: node.node.id, statistic: 'Sum', period: 60 });
    },
  });
}

/** An API has no host of its own there but a path. Whoever tests may say more, such as who starts containers. */
export function bindToEmulator(app: AppStack, url: string, { stage, variables: more }: Config): void {
  const at = (scheme: string, path: string): unknown =>
    Fn.sub(`${url.replace(/^http/, scheme)}/_aws/execute-api/${path}`);
  const sockets = `\${WebSocketApi}/${stage}`;
  const variables: Record<string, unknown> = {
    ERRAND_RUN_URL: at('http', '${HttpApi}/$default'),
    ERRAND_SOCKET_URL: at('ws', sockets),
    ERRAND_MANAGEMENT_URL: at('http', sockets),
    ...more,
  };
  // It has no TLS, and would have to refuse itself.
  app.resource('QueuesByTlsOnly').node.scope?.node.tryRemoveChild('QueuesByTlsOnly');
  for (const logicalId of Object.keys(BINARIES)) {
    for (const [name, value] of Object.entries(variables)) {
      app.resource(logicalId).addPropertyOverride(`Environment.Variables.${name}`, value);
    }
  }
}

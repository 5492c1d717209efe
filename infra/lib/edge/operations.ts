import { aws_cloudwatch as cloudwatch, Duration } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { AppStack } from '../app-stack.ts';
import { BINARIES } from '../binaries.ts';
import type { Config } from '../config.ts';

/** What an operator looks at first, on one page: our own numbers above, AWS's below. */
export function operations(scope: Construct, config: Config, app: AppStack): void {
  const metric =
    (namespace: string, dimensionsMap: Record<string, string>) =>
    (metricName: string, statistic: string, label = metricName): cloudwatch.Metric =>
      new cloudwatch.Metric({ namespace, metricName, dimensionsMap, statistic, label, period: Duration.minutes(5) });
  const own = metric('Errand', { Stage: config.stage });
  const finished = (reason: string): cloudwatch.Metric =>
    metric('Errand', { Stage: config.stage, Reason: reason })('TasksFinished', 'Sum', reason);
  const http = metric('AWS/ApiGateway', { ApiId: app.httpApiId });
  const sockets = metric('AWS/ApiGateway', { ApiId: app.webSocketApiId });
  const functions = Object.entries(BINARIES).map(
    ([logicalId, name]) => [metric('AWS/Lambda', { FunctionName: app.resource(logicalId).ref }), name] as const,
  );
  const graph = (title: string, left: cloudwatch.IMetric[], right: cloudwatch.IMetric[] = []): cloudwatch.GraphWidget =>
    new cloudwatch.GraphWidget({ title, left, right, width: 8, height: 6 });

  new cloudwatch.Dashboard(scope, 'Operations', {
    dashboardName: `errand-${config.stage}`,
    widgets: [
      [
        graph('Tasks', [own('TasksAccepted', 'Sum'), own('TasksStarted', 'Sum')]),
        graph(
          'Finished',
          ['succeeded', 'canceled', 'timeout', 'budget', 'agent_error', 'model_error', 'lost', 'start_timeout'].map(
            finished,
          ),
        ),
        graph('Waiting and running', [own('ReadyDepth', 'Maximum'), own('SlotsUsed', 'Maximum')]),
      ],
      [
        graph('Time to start, ms', [own('StartLatency', 'p50'), own('StartLatency', 'p95')]),
        graph('Event to follower, ms', [own('EventLatency', 'p50'), own('EventLatency', 'p99')]),
        graph('Pushes that failed', [own('PushFailures', 'Sum')]),
      ],
      [
        graph('HTTP API', [http('Count', 'Sum'), http('4xx', 'Sum'), http('5xx', 'Sum')], [http('Latency', 'p95')]),
        graph('WebSocket API', [sockets('ConnectCount', 'Sum'), sockets('MessageCount', 'Sum')]),
        graph(
          'Functions: errors, p95 ms',
          functions.map(([of, name]) => of('Errors', 'Sum', name)),
          functions.map(([of, name]) => of('Duration', 'p95', name)),
        ),
      ],
    ],
  });
}

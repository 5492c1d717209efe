import { type App, CliCredentialsStackSynthesizer, Tags, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import { AppStack } from './app-stack.ts';
import { type Config, config } from './config.ts';
import { EdgeStack } from './edge-stack.ts';
import { withoutMetricMath } from './emulated.ts';
import { acknowledgeAppStack, acknowledgeEdge, acknowledgePlatform } from './nag.ts';
import { PlatformStack } from './platform-stack.ts';

export interface Errand {
  readonly config: Config;
  readonly platform: PlatformStack;
  readonly app: AppStack;
  readonly edge: EdgeStack;
}

/** The whole system in one tree. */
export function errand(root: App): Errand {
  const settings = config(root.node);
  const env = {
    ...(process.env.CDK_DEFAULT_ACCOUNT === undefined ? {} : { account: process.env.CDK_DEFAULT_ACCOUNT }),
    region: process.env.CDK_DEFAULT_REGION ?? 'us-east-1',
  };
  // A synthesizer serves one stack.
  const props = () => ({
    env,
    terminationProtection: settings.prod && !settings.emulated,
    // The roles of `cdk bootstrap` are allowed by a condition that the emulator cannot judge.
    ...(settings.emulated ? { synthesizer: new CliCredentialsStackSynthesizer() } : {}),
  });
  const platform = new PlatformStack(root, `errand-${settings.stage}-platform`, settings, props());
  const app = new AppStack(root, `errand-${settings.stage}-app`, settings, { ...platform.parameters }, props());
  const edge = new EdgeStack(root, `errand-${settings.stage}-edge`, settings, app, platform.data.accessLogs, props());
  if (settings.emulated) withoutMetricMath(root);
  Tags.of(root).add('app', 'errand');
  Tags.of(root).add('stage', settings.stage);

  // Not for the emulator: what is left out there would be found.
  if (!settings.emulated) Validations.of(root).addPlugins(new AwsSolutionsChecks(root, { verbose: true }));
  acknowledgePlatform(platform, settings.prod);
  acknowledgeAppStack(app, settings.stage);
  acknowledgeEdge(edge, settings);
  return { config: settings, platform, app, edge };
}

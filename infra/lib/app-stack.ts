import { existsSync } from 'node:fs';
import {
  aws_s3_assets as assets,
  CfnOutput,
  type CfnResource,
  Stack,
  type StackProps,
  type aws_sam as sam,
} from 'aws-cdk-lib';
import { CfnInclude } from 'aws-cdk-lib/cloudformation-include';
import type { Construct } from 'constructs';
import { BINARIES } from './binaries.ts';
import { type Config, TEMPLATE } from './config.ts';
import { bindToEmulator } from './emulated.ts';

/** template.yaml as it is; only its parameters and the code of its functions are bound here. */
export class AppStack extends Stack {
  readonly httpApiId: string;
  readonly webSocketApiId: string;
  private readonly template: CfnInclude;

  constructor(scope: Construct, id: string, config: Config, parameters: Record<string, string>, props: StackProps) {
    super(scope, id, { ...props, description: 'Errand: APIs, functions, queue, alarms' });
    this.template = new CfnInclude(this, 'Template', {
      templateFile: TEMPLATE,
      // The alarm that rolls a function back names the function.
      allowCyclicalReferences: true,
      parameters: {
        ...parameters,
        Architecture: config.architecture,
        AdminEmail: config.adminEmail,
        MaxRunning: String(config.maxRunning),
        UserMaxRunning: String(config.userMaxRunning),
        Canary: String(config.prod && !config.emulated),
        Tracing: config.tracing ? 'Active' : 'PassThrough',
      },
    });
    for (const [logicalId, binary] of Object.entries(BINARIES)) {
      const path = `${config.lambdaDir}/${binary}`;
      if (!existsSync(`${path}/bootstrap`)) throw new Error(`${path}/bootstrap is missing: build the functions first`);
      const code = new assets.Asset(this, `${logicalId}Code`, { path });
      const fn = this.template.getResource(logicalId) as sam.CfnFunction;
      fn.codeUri = { bucket: code.s3BucketName, key: code.s3ObjectKey };
    }
    // `.ref` and not Fn.ref(): only the former knows which stack it belongs to.
    this.httpApiId = this.template.getResource('HttpApi').ref;
    this.webSocketApiId = this.template.getResource('WebSocketApi').ref;
    if (config.emulatorUrl !== undefined) bindToEmulator(this, config.emulatorUrl, config);
    new CfnOutput(this, 'Next3SignIn', {
      value: `errand login --url https://${this.httpApiId}.execute-api.${this.region}.${this.urlSuffix} --email ${config.adminEmail}`,
      description: 'signs the first admin in',
    });
  }

  resource(logicalId: string): CfnResource {
    return this.template.getResource(logicalId);
  }
}

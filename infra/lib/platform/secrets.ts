import { type aws_kms as kms, RemovalPolicy, aws_secretsmanager as secretsmanager } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import type { Config } from '../config.ts';

/** Named one by one too: the emulator knows no other way to leave it out. */
const PUNCTUATION = '!"#$%&\'()*+,-./:;<=>?@[\\]^_`{|}~';

/** Made here, and never seen by a template: their values are Secrets Manager's or the operator's. */
export class Secrets extends Construct {
  readonly modelKey: secretsmanager.Secret;
  readonly accessKeys: secretsmanager.Secret;
  readonly runKeys: secretsmanager.Secret;
  readonly admin: secretsmanager.Secret;

  constructor(scope: Construct, id: string, config: Config, encryptionKey: kms.IKey) {
    super(scope, id);
    const removalPolicy = config.prod ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY;
    const generated = (name: string, description: string, passwordLength: number): secretsmanager.Secret =>
      new secretsmanager.Secret(this, name, {
        description: `Errand ${config.stage}: ${description}`,
        encryptionKey,
        generateSecretString: { passwordLength, excludePunctuation: true, excludeCharacters: PUNCTUATION },
        removalPolicy,
      });
    this.accessKeys = generated('AccessKeys', 'what access tokens are signed with', 64);
    this.runKeys = generated('RunKeys', 'what run tokens are signed with', 64);
    this.admin = generated('Admin', 'the password of the first admin', 32);
    // Something has to stand there until the operator puts the real one: containers do not start without.
    this.modelKey = generated('ModelKey', 'ANTHROPIC_API_KEY of the runners; put yours here', 32);
  }
}

/** The ARN, also where `Ref` of a secret means its name (the emulator). */
export function arn(secret: secretsmanager.Secret): string {
  return (secret.node.defaultChild as secretsmanager.CfnSecret).attrId;
}

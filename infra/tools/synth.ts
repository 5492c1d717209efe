// Writes what both kinds of stages deploy to cdk.out/<stage>, for the tests to look at. A finding of cdk-nag that is
// not meant so ends it with 1, as it does `cdk deploy`.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { App } from 'aws-cdk-lib';
import { errand } from '../lib/errand.ts';
import { lambdaDir } from '../test/fixture.ts';

const path = (relative: string): string => fileURLToPath(new URL(`../${relative}`, import.meta.url));
const { context } = JSON.parse(readFileSync(path('cdk.json'), 'utf8'));

for (const stage of ['dev', 'prod']) {
  const app = new App({
    outdir: path(`cdk.out/${stage}`),
    context: { ...context, stage, lambdaDir: lambdaDir(), dashboardDir: path('test/site') },
  });
  errand(app);
  app.synth();
}

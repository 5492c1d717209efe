// `cdk bootstrap` wants to see the application, to know account and region, before its functions are built.
import { spawnSync } from 'node:child_process';
import { lambdaDir } from '../test/fixture.ts';

const context = ['-c', `lambdaDir=${lambdaDir()}`];
const { status } = spawnSync('npx', ['cdk', 'bootstrap', ...context, ...process.argv.slice(2)], { stdio: 'inherit' });
process.exitCode = status ?? 1;

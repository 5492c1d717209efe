import { App } from 'aws-cdk-lib';
import { errand } from '../lib/errand.ts';

errand(new App());

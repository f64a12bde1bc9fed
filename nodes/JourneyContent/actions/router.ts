import { routerOf } from '../../shared/operations';
import { GUARDED } from '../guarded';
import * as template from './template/Template.resource';

export const router = routerOf({ template: template.operations }, GUARDED);

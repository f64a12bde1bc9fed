export type * from './templates/types';

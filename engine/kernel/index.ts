export * from './channels';
export * from './clock';
export * from './random';
export * from './ids';
export * from './errors';
export * from './json';
export * from './log';

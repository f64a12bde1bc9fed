export type * from './types';
export { gateEnter } from './enter';
export { gateLeave, gateOpen, gateTurn } from './turn';

export type * from './types';
export { noteLeft, roomFor } from './room';
export { setThrottle, throttle } from './throttle';

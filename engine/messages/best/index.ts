export type * from './types';
export { bestChannel } from './choose';
export { choicesOf } from './choices';
export { bestChannelKeeper } from './keeper';
export { tryBestChannel } from './look';

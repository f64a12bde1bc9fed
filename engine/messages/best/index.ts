export type * from './types';
export { bestChannel } from './choose';
export { bestChannelKeeper } from './keeper';
export { tryBestChannel } from './look';

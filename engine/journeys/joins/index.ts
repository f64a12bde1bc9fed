export type * from './types';
export { endMeetings, forgetMeetings } from './alone';
export { join } from './join';
export { recheckMeetings, setNeeded } from './recheck';

export { checkSenderDomain } from './check';
export { dnsResolver } from './dns';
export { SENDING_SERVICES } from './services';

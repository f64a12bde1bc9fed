export { readMime } from './mime';
export { mailReports } from './reports';
export { REPORT_PARTS, type InboundMail, type MailHeader, type MailPart } from './types';
export { readForm, saysForm, type MailForm } from './form';
export { brevoMail, postmarkMail, resendMail, sesMail, sparkPostMail } from './json-mails';
export { mailgunMail } from './mailgun';
export { sendGridMail } from './sendgrid';

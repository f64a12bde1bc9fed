export type * from './types';
export { closeSmsProviders, createSmsProvider, isPrice, keywordOf, smsProvider, smsSegments, type SmsKeyword } from './sms';
export {
	closeEmailProviders, createEmailProvider, createSmtpProvider, emailProvider, SMTP_PRESETS, smtpPreset, type SmtpPreset,
} from './email';

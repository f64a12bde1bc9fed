export type * from './types';
export {
	checkSenderDomain, closeEmailProviders, createEmailProvider, createSmtpProvider, emailProvider, SENDING_SERVICES, SMTP_PRESETS, smtpPreset, type SmtpPreset,
} from './email';

export type * from './types';
export {
	closeEmailProviders, createEmailProvider, createSmtpProvider, emailProvider, SMTP_PRESETS, smtpPreset, type SmtpPreset,
} from './email';

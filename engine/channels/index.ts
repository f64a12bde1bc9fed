export * from './types';
export {
	closeEmailProviders, createSmtpProvider, emailProvider, SMTP_PRESETS, smtpPreset, type SmtpPreset,
} from './email';

export type * from './types';
export {
	brevoCallbacks, closeEmailProviders, createEmailProvider, createSmtpProvider, emailProvider, resendCallbacks, SMTP_PRESETS, smtpPreset, sparkPostCallbacks, type SmtpPreset,
} from './email';

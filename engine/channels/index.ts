export type * from './types';
export {
	closeEmailProviders, createEmailProvider, createSmtpProvider, emailProvider, SMTP_PRESETS, smtpPreset, type SmtpPreset,
} from './email';
export { CALLBACK_PROVIDERS, type CallbackProvider } from './callbacks/providers';

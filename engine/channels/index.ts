export type * from './types';
export { chatProvider, chatRules, closeChatProviders, createChatProvider } from './chat';
export { createPushProvider } from './push';
export { createDirectMailProvider, isTestKey } from './directmail';
export { closeSmsProviders, createSmsProvider, isPrice, keywordOf, smsProvider, smsSegments, type SmsKeyword } from './sms';
export {
	brevoCallbacks, checkSenderDomain, closeEmailProviders, createEmailProvider, createSesCallbacks, createSesProvider, createSmtpProvider, emailProvider, mailgunCallbacks, resendCallbacks, sendGridCallbacks, sesCallbacks,
	SENDING_SERVICES, SMTP_PRESETS, smtpPreset, sparkPostCallbacks, type MailgunCallbackSecrets, type SendGridCallbackSecrets, type SesCallbackSecrets, type SesProvider, type SmtpPreset,
} from './email';
export { closeWhatsAppProviders, createWhatsAppProvider, listTemplates, templatesNamed, whatsAppProvider } from './whatsapp';
export { CALLBACK_PROVIDERS, type CallbackProvider } from './callbacks/providers';

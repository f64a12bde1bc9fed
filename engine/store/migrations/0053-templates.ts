import type { Migration } from './migration';

/**
 * What messages are made of: templates, shared blocks and the brand, each with a draft and numbered versions that never change. Nothing of people.
 */
export const templates: Migration = {
	version: 53,
	breaking: false,
	statements: ({ id, int, json }) => [
		// kind: template | block | brand. removed_at: gone, but what was sent of it still says what it was; its key is free again.
		`create table content_item (id ${id}, kind text not null, key text not null, name text not null, channel text, draft ${json} not null, samples ${json} not null,
			drafted_at ${int} not null, drafted_by text not null, published ${int}, published_at ${int}, published_by text, created_at ${int} not null, removed_at ${int})`,
		'create unique index content_item_key on content_item (kind, key) where removed_at is null',
		`create table content_version (item ${int} not null, version ${int} not null, content ${json} not null, made_at ${int} not null, made_by text not null, primary key (item, version))`,
		// Of published steps: which template each one sends. Counts for as long as the step beats.
		`create table template_use (workflow text not null, step text not null, key text not null, at ${int} not null, primary key (workflow, step))`,
	],
};

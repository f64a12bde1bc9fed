import type { Migration } from './migration';

/** As profiles/catalog.ts walks: so deep, so many, so long. */
const DEEPEST_PATH = 3;
const MOST_NAMES = 1000;
const LONGEST_PATH = 500;

/**
 * The catalogue knows the attributes of groups, too (kind 'group', by name): those of the groups there are, the most frequent first where there
 * is no room for all. Whatever changes a group from now on adds its own.
 */
export const groupCatalog: Migration = {
	version: 32,
	breaking: false,
	statements: ({ json }) => {
		const parts = json === 'jsonb' ? POSTGRES : SQLITE;
		return [
			`insert into catalog (kind, name, property, type, seen_at)
			with recursive item (name, depth, value, type, at) as (
				select e.key, 1, e.value, ${parts.type}, a.updated_at from account a ${parts.each('a.attributes')}
				union all
				select item.name || '.' || e.key, item.depth + 1, e.value, ${parts.type}, item.at from item ${parts.each(`case when item.type = 'object' then item.value else '{}' end`)} where item.depth < ${DEEPEST_PATH}
			)
			select 'group', name, '', type, min(at) from item where type <> 'null' and length(name) <= ${LONGEST_PATH} group by name, type order by count(*) desc, name limit ${MOST_NAMES}`,
		];
	},
};

/** Tables of names and values of an object as "e", and the catalogue's word for what a value is. */
const SQLITE = {
	each: (object: string) => `join json_each(${object}) as e`,
	type: `case e.type when 'integer' then 'number' when 'real' then 'number' when 'true' then 'boolean' when 'false' then 'boolean' when 'array' then 'list' else e.type end`,
};
const POSTGRES = {
	each: (object: string) => `cross join lateral jsonb_each(${object}) as e`,
	type: `case jsonb_typeof(e.value) when 'string' then 'text' when 'array' then 'list' else jsonb_typeof(e.value) end`,
};

import { unprocessable } from './api-error.js';
import type { Filter } from './lists/filters.js';
import type { CustomField, CustomValues } from './world/records.js';
import type { Row } from './world/table.js';
import type { View } from './world/world.js';

/** Every field of the kind, with a value or without, by its key. */
export function shownCustomFields(
  view: View,
  kind: CustomField['field_type'],
  values: CustomValues,
): Record<string, { name: string; type: string; value: unknown }> {
  const shown: Record<string, { name: string; type: string; value: unknown }> = {};
  for (const field of view.custom_fields.newestFirst()) {
    if (field.field_type !== kind || !field.active) continue;
    shown[field.name_key] = {
      name: field.name,
      type: field.value_type,
      value: values[field.name_key] ?? null,
    };
  }
  return shown;
}

/** custom_field_option_id: rows with that option selected. */
export function selectedOption<T extends Row & { readonly custom_values: CustomValues }>(): Filter<T> {
  return (text, name) => {
    if (!/^\d+$/.test(text)) throw unprocessable(`${name} is invalid`, name);
    return (row, { view }) => {
      const option = view.custom_field_options.get(Number(text));
      const field = option && view.custom_fields.get(option.custom_field_id);
      return field !== undefined && row.custom_values[field.name_key] === option?.name;
    };
  };
}

/** Site names in Hangul, stored as the labels of their hosts: what they look like is looked for in what people read. */
export async function up(query: (sql: string) => Promise<unknown>): Promise<void> {
  await query(`
    -- What people read of a label: \`xn--…\` decoded as RFC 3492, 6.2 says, of a label that is right. Others stay as they are.
    CREATE FUNCTION readable_label(label text) RETURNS text LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
      DECLARE
        read text;
        code bigint := 128;
        place bigint := 0;
        place_before bigint := 0;
        bias integer := 72;
        weight bigint := 1;
        base integer := 36;
        digit integer;
        threshold integer;
        delta bigint;
        letter text;
      BEGIN
        IF label NOT LIKE 'xn--%' THEN RETURN label; END IF;
        -- Plain letters come first, and a dash after them where there are any.
        read := coalesce(substring(label from '^xn--(.+)-'), '');
        FOREACH letter IN ARRAY regexp_split_to_array(substring(label from '[^-]*$'), '') LOOP
          digit := strpos('abcdefghijklmnopqrstuvwxyz0123456789', letter) - 1;
          place := place + digit * weight;
          threshold := least(greatest(base - bias, 1), 26);
          IF digit >= threshold THEN
            weight := weight * (36 - threshold);
            base := base + 36;
            CONTINUE;
          END IF;
          -- That was the last digit of a number: which letter comes next, and where.
          delta := (place - place_before) / CASE WHEN place_before = 0 THEN 700 ELSE 2 END;
          delta := delta + delta / (length(read) + 1);
          bias := 0;
          WHILE delta > 455 LOOP
            delta := delta / 35;
            bias := bias + 36;
          END LOOP;
          bias := bias + 36 * delta / (delta + 38);
          code := code + place / (length(read) + 1);
          place := place % (length(read) + 1);
          read := substr(read, 1, place::integer) || chr(code::integer) || substr(read, place::integer + 1);
          place := place + 1;
          place_before := place;
          weight := 1;
          base := 36;
        END LOOP;
        RETURN read;
      END
    $$;

    -- Of no name that there is does this change the key. A body that is parsed now finds the other function wherever it is
    -- called, as when a backup is restored.
    CREATE OR REPLACE FUNCTION lookalike_key(name text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
      RETURN replace(translate(replace(replace(readable_label(name), 'rn', 'm'), 'vv', 'w'), '01', 'ol'), '이', 'ol');
  `);
}

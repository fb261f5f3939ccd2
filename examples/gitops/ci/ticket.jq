# Turns a plan into the ticket that a reviewer reads, as Markdown:
#
#   terraform show -json plan.bin >plan.json
#   jq -r -f ticket.jq plan.json [plan.jsonl]
#
# Further inputs are the lines of terraform plan -json, whose errors and warnings
# stand before the table; without a plan there are only those. With --arg mode
# acts it prints one canonical line for each act, to be compared between two
# plans, and with --arg mode count their number. --arg origin says of which
# tenant the lines are.
#
# Plain jq 1.6. What isn't understood is shown, in bold; a line that can't be
# compared is an error.

# What a comment can hold, in bytes: fewer than in characters, 65,536.
def limit: 64000;

# ---- Text of others, in a pull request --------------------------------------

def hex: if . < 16 then "0123456789abcdef"[.:. + 1] else (. / 16 | floor | hex) + "0123456789abcdef"[. % 16:. % 16 + 1] end;

# Control, bidi, zero-width, filler, surrogate, private and tag characters.
def hidden:
  . < 32 or . >= 127 and . < 160 or . == 173 or . == 847 or . == 1564 or . == 4447 or . == 4448 or . == 6068 or . == 6069
  or . >= 6155 and . <= 6159 or . >= 8203 and . <= 8207 or . >= 8232 and . <= 8238 or . >= 8288 and . <= 8303 or . == 10240
  or . == 12644 or . >= 55296 and . <= 63743 or . >= 65024 and . <= 65039 or . == 65279 or . == 65440 or . >= 65520 and . <= 65535
  or . >= 917504;

# Text as the cell of a table: none of it is Markdown, HTML, a mention, a
# reference, a link, or a line of its own.
def cell:
  [tostring | explode | . as $all | range(length) | . as $i | $all[$i] | . as $c |
    if hidden then "&#92;u{\(hex)}"
    elif $c == 64 then "&#64;&#8203;"
    elif $c == 58 then (if [58, 47] | index($all[$i + 1] // 0) then "&#58;" else ":" end)
    elif [35, 36, 38, 42, 60, 62, 91, 92, 93, 95, 96, 124, 126] | index($c) then "&#\($c);"
    else [$c] | implode end
  ] | join("") | gsub("(?<w>[wW])(?=[wW]{2}\\.)"; "\(.w)&#8203;");

def code: if . == "" then "" else "<code>" + cell + "</code>" end;

# Text in a block: its lines, without what isn't seen.
def block: tostring | explode | map(if . == 10 then "\n" elif . == 9 then " " elif hidden then "\\u{\(hex)}" else [.] | implode end) | join("");

# A fence that nothing inside can close.
def fenced:
  block as $text
  | ([$text | match("`+"; "g").length] | (max // 0) + 1) as $n
  | ("`" * ([$n, 3] | max)) as $fence
  | "\($fence)text\n\($text)\n\($fence)";

# ---- What a plan holds --------------------------------------------------------

def ours: . == "registry.terraform.io/sailpoint-gitops/sailpoint" or . == "registry.opentofu.org/sailpoint-gitops/sailpoint";

def kinds: {
  sailpoint_workitem_approval: "approval", sailpoint_workitem_bulk_approval: "bulk approval", sailpoint_workitem_forward: "forward",
  sailpoint_workitem_account_selection: "account selection", sailpoint_workitem_completion: "completion"
};

def verbs: {
  sailpoint_workitem_approve: "approve", sailpoint_workitem_reject: "reject", sailpoint_workitem_bulk_approve: "approve all",
  sailpoint_workitem_bulk_reject: "reject all", sailpoint_workitem_complete: "complete", sailpoint_workitem_forward: "forward",
  sailpoint_workitem_submit_account_selection: "submit"
};

# Whether anything within is marked, of after_unknown and after_sensitive.
def marked: any(.. ; . == true);

# All resources of the configuration, modules included, with their address
# without keys.
def configured($prefix):
  (.resources // [] | .[] | .address = $prefix + .address),
  (.module_calls // {} | to_entries[] | .key as $name | .value.module // {} | configured("\($prefix)module.\($name)."));

# An address without its keys. A key can hold brackets and quotes.
def bare: gsub("\\[(?:[0-9]+|\"(?:[^\"\\\\]|\\\\.)*\")\\]"; "");

def actions: .change.actions;
def creates: actions | index("create") or index("update");
def unknown($name): .change.after_unknown[$name] // false | marked;
def sensitive($name): .change.after_sensitive[$name] // false | marked;

def is_act: creates and (.change.after_unknown.outcome == true);
def is_record: creates and .change.after.outcome == "adopted" and .change.before.outcome != "adopted";
def is_forget: actions == ["delete"] or actions == ["forget"] or actions == ["create", "forget"];
def understood: actions as $a | [["no-op"], ["create"], ["update"], ["read"], ["delete"], ["forget"], ["create", "delete"], ["delete", "create"], ["create", "forget"]] | index([$a]) != null;

# ---- One act --------------------------------------------------------------------

def later: "**(known at apply)**";

def decision:
  if .type == "sailpoint_workitem_approval" or .type == "sailpoint_workitem_bulk_approval" then
    if unknown("decision") then later else .change.after.decision // "**none**" end
  elif .type == "sailpoint_workitem_forward" then "forward"
  elif .type == "sailpoint_workitem_completion" then "complete"
  else "submit" end;

# One of several items: what is to change, on which application, for which account.
def quoted: if . == null or . == "" then "" else tojson end;
def joined: map(select(. != "")) | join(" ");
def part($word): quoted | if . == "" then "" else "\($word) \(.)" end;
def item_text:
  [(.operation | quoted), (.name | quoted), (if .value_redacted then "(redacted)" else .value | quoted end), (.application | part("on")), (.account | part("for"))] | joined;
def remediation_text:
  [(.attribute_operation | quoted), (.attribute_name | quoted), (if .attribute_value_redacted then "(redacted)" else .attribute_value | quoted end),
    (.application_name | part("on")), (.native_identity | part("for")), (.target_display_name // .target_name | part("of"))] | joined;

def value:
  .change.after as $after
  | if .type == "sailpoint_workitem_approval" then
      if unknown("item") and $after.item == null then later
      elif sensitive("item") then "(sensitive)"
      elif $after.item.value_redacted then "(redacted)"
      else $after.item.value // "" | code end
    elif .type == "sailpoint_workitem_bulk_approval" then
      if $after.items == null then later elif sensitive("items") then "(sensitive)" else [$after.items[] | item_text] | join("; ") | code end
    elif .type == "sailpoint_workitem_completion" then
      if $after.items == null and $after.remediation_items == null then later
      elif sensitive("items") or sensitive("remediation_items") then "(sensitive)"
      else [($after.items // [] | .[] | item_text), ($after.remediation_items // [] | .[] | remediation_text)] | join("; ") | code end
    elif .type == "sailpoint_workitem_forward" then
      if unknown("target_owner_id") then later
      elif sensitive("target_owner_id") then "(sensitive)"
      else "to " + ("\($after.target_owner_name // "")\(if $after.target_owner_name then " " else "" end)\($after.target_owner_id)" | code) end
    elif sensitive("selections") then "(sensitive)"
    elif unknown("selections") then later + (if $after.selections then " " + ($after.selections | tojson | code) else "" end)
    else $after.selections | tojson | code end;

def short: if length > 12 then .[:4] + "…" + .[-4:] else . end;

def work_item:
  if unknown("workitem_id") then later
  elif sensitive("workitem_id") then "(sensitive)"
  else ("\(.change.after.workitem.name // "") (\(.change.after.workitem_id // "" | short))" | ltrimstr(" ") | code) end;

# How an argument came to its value: a constant, something of the configuration,
# or what one of our own data sources read just now, which guards nothing.
def origin_of:
  if type == "object" and has("constant_value") then "pinned"
  elif type == "object" and has("references") then (if any(.references[]; test("^data\\.sailpoint_")) then "computed" else "configured" end)
  else "configured" end;

def guard($resources):
  (.address | bare) as $address
  | ([$resources[] | select(.address == $address)] | first // {} | .expressions // {}) as $expressions
  | .change.after as $after
  | def described($names): [$names[] | {how: .how, name: .name}] | group_by(.how)
      | map((.[0].how | if . == "computed" then "**computed**" else . end) + ": " + ([.[].name] | join(", "))) | join("; ");
  if .type == "sailpoint_workitem_approval" then
    if .change.after_unknown.expect == true then "checked at apply"
    elif $after.expect == null then "**none**"
    else
      . as $row
      | ([$after.expect | to_entries[] | select(.value != null or (($row.change.after_unknown.expect // {})[.key] == true)) | .key]) as $given
      | ([$given[] | select(($row.change.after_unknown.expect // {})[.] == true)]) as $pending
      | if $given == [] then "**none**" else
          described([$given[] | . as $name | {name: $name, how: ($expressions.expect | if type == "object" and has($name) then .[$name] | origin_of else origin_of end)}])
          + (if $pending == [] then "" else "; checked at apply: " + ($pending | join(", ")) end)
        end
    end
  elif .type == "sailpoint_workitem_account_selection" then "–"
  else
    (if .type == "sailpoint_workitem_forward" then "expected_owner_id" else "expected_item_ids" end) as $name
    | if unknown($name) then "checked at apply"
      elif $after[$name] == null then "**none**"
      else described([{how: ($expressions[$name] | origin_of), name: (if $name == "expected_owner_id" then "from \($after[$name] | if . == "" then "nobody" else . end | cell)" else "\($after[$name] | length) items" end)}])
      end
  end;

def notes: [
  (if actions | index("delete") != null or . == ["create", "forget"] then "replaces a record" else empty end),
  (if .change.importing then "imported" else empty end)
] | map(" · **\(.)**") | join("");

def rank: {reject: 0, "**(known at apply)**": 1, "**none**": 1, approve: 2, forward: 3, complete: 4, submit: 5}[.] // 1;

def rows($resources):
  decision as $decision
  | {
      rank: ($decision | rank), decision: $decision, count: 1,
      row: "| \($decision)\(notes) | \(if unknown("summary") or .change.after.summary == null then later elif sensitive("summary") or (.change.after_sensitive // {} | marked) and (value == "(sensitive)") then "(sensitive)" else .change.after.summary | code end) | \(value) | \(work_item) | \(guard($resources)) |"
    };

# ---- Actions ----------------------------------------------------------------------

def invocations:
  [.action_invocations // [] | .[] | select(.provider_name | ours)]
  | group_by([.address, .config_values, .config_unknown]) | map(. as $same | .[0] | .times = ($same | length));

def invocation_verb: verbs[.type] // "**\(.type | cell)**";

def invocation_what:
  (.config_sensitive // {}) as $sensitive | (.config_unknown // {}) as $unknown | (.config_values // {}) as $values
  | if $values.expect and ($sensitive.expect // false | marked) then "(sensitive)"
    elif $values.expect and ([$values.expect[] | select(. != null)] != []) then
      [$values.expect | to_entries[] | select(.value != null) | "\(.key) = \(.value)"] | join(", ") | code
    elif $values.selections then (if $sensitive.selections // false | marked then "(sensitive)" else $values.selections | tojson | code end)
    elif $values.target_owner_id then "to " + ($values.target_owner_id | code)
    else "**unknown**" end;

def invocation_guard:
  (.config_values // {}) as $values | (.config_unknown // {}) as $unknown
  | if $unknown.expect // $unknown.expected_item_ids // $unknown.expected_owner_id // false | marked then "checked at apply"
    elif $values.expect and ([$values.expect[] | select(. != null)] != []) then "configured: " + ([$values.expect | to_entries[] | select(.value != null) | .key] | join(", "))
    elif $values.expected_item_ids then "configured: \($values.expected_item_ids | length) items"
    elif $values.expected_owner_id then "configured: from \($values.expected_owner_id | cell)"
    else "**none**" end;

def continues: any(.lifecycle_action_trigger // {} | .. | objects | .on_failure // empty; . == "continue");

def invocation_rows:
  invocation_verb as $verb
  | (if $verb | startswith("reject") then "reject" elif $verb | startswith("approve") then "approve" else $verb end) as $decision
  | {
      rank: ($decision | rank), decision: $decision, count: .times,
      row: "| \($decision) · action\(if .times > 1 then " × \(.times)" else "" end)\(if continues then " · **on_failure = continue**" else "" end) | \("\($verb): \(.address)" | code) | \(invocation_what) | \(if .config_unknown.workitem_id // false then later else .config_values.workitem_id // "" | short | code end) | \(invocation_guard) |"
    };

# ---- What isn't ours -----------------------------------------------------------------

def others:
  . as $plan
  | (.configuration.provider_config // {}) as $providers
  | [.configuration.root_module // {} | configured("")] as $resources
  | [
      ([.resource_changes // [] | .[] | select(.provider_name | ours | not) | select(actions != ["no-op"] and actions != ["read"]) | .provider_name] | group_by(.)[]
        | "**\(length) \(if length == 1 then "change" else "changes" end) by \(.[0] | cell)**"),
      ([$resources[] | select(.mode == "data") | $providers[.provider_config_key].full_name // .provider_config_key // "an unknown provider" | select(ours | not)] | group_by(.)[]
        | "**\(length) \(if length == 1 then "data source" else "data sources" end) of \(.[0] | cell)**"),
      ($resources[] | select((.provisioners // []) != []) | "**provisioners in \(.address | cell)**"),
      (.resource_changes // [] | .[] | select((.provider_name | ours | not) and (.type | startswith("sailpoint_"))) | "**\(.address | cell) is not this provider's, but \(.provider_name | cell)'s**"),
      ([.action_invocations // [] | .[] | select(.provider_name | ours | not) | .provider_name // "an unknown provider"] | group_by(.)[]
        | "**\(length) \(if length == 1 then "action" else "actions" end) of \(.[0] | cell)**"),
      (.resource_changes // [] | .[] | select((.provider_name | ours) and .mode == "managed" and (kinds[.type] | not)) | "**\(.address | cell), of a type that this ticket doesn't know**")
    ] | unique;

# ---- The ticket -----------------------------------------------------------------------

def plural($n; $word): "\($n) \($word)";

def ticket($diagnostics; $hasPlan):
  . as $plan
  | [.configuration.root_module // {} | configured("")] as $resources
  | [.resource_changes // [] | .[] | select((.provider_name | ours) and kinds[.type] and (has("deposed") | not))] as $changes
  | ([$changes[] | select(is_act) | rows($resources)] + [invocations[] | invocation_rows]
     + [$changes[] | select(understood | not) | {rank: 1, decision: "unknown", count: 1, row: "| **\(actions | join(", ") | cell)** | \(.address | code) | | \(work_item) | |"}]
     | sort_by(.rank)) as $rows
  | ([$changes[] | select((is_act | not) and is_record)] | length) as $recorded
  | ([$changes[] | select(is_forget)] | length) as $forgotten
  | ([$changes[] | select((is_act | not) and .change.importing)] | length) as $imported
  | ([$rows[].count] | add // 0) as $total
  | ([$rows | group_by(.rank)[] | "\([.[].count] | add) \(.[0].decision | gsub("\\*"; ""))"] | join(", ")) as $split
  | (others) as $others
  | (($hasPlan | not) or .errored == true or .complete == false) as $incomplete
  | [
      (if $incomplete then "**INCOMPLETE: the plan failed, so there may be more than this.**\n" else empty end),
      ("### \(plural($total; if $total == 1 then "decision" else "decisions" end))\(if $split == "" then "" else ": " + $split end)"
        + (if $recorded > 0 then " · \($recorded) recorded" else "" end)
        + (if $imported > 0 then " · \($imported) imported" else "" end)
        + (if $forgotten > 0 then " · \($forgotten) forgotten" else "" end)),
      (if $others == [] then empty else "\nNot ours: \($others[:20] | join(", "))\(if ($others | length) > 20 then " and \(($others | length) - 20) more" else "" end)." end),
      ($diagnostics[:20][] | "\n**\(.severity | cell)**\(if .address then " · " + (.address | code) else "" end)\n\n" + ("\(.summary)\n\n\(.detail // "")" | .[:2000] | fenced)),
      (if ($diagnostics | length) > 20 then "\nand \(($diagnostics | length) - 20) more messages." else empty end),
      (if $rows == [] then empty else "\n| | decision | value | work item | guard |\n|---|---|---|---|---|" end)
    ] as $head
  | [
      (if $forgotten > 0 then "Forgotten, the decision stands: \($forgotten)." else empty end),
      (if $recorded > 0 then "Recorded, nothing is sent: \($recorded)." else empty end)
    ] as $tail
  | (limit - ($head + $tail | join("\n") | utf8bytelength) - 200) as $room
  | (reduce $rows[].row as $row ({left: $room, kept: [], full: false};
      ($row | utf8bytelength + 1) as $size
      | if .full or $size > .left then .full = true else .left -= $size | .kept += [$row] end)).kept as $kept
  | ($head + $kept
     + (if ($rows | length) > ($kept | length) then ["", "**\(($rows | length) - ($kept | length)) more rows don't fit, of \($rows | length): read the plan itself before you approve it.**"] else [] end)
     + (if $tail == [] then [] else [""] + $tail end))
  | join("\n")
  | if utf8bytelength > limit then "**INCOMPLETE: the messages of this plan are longer than a comment can hold. Read the plan itself.**" else . end;

# ---- Canonical lines ---------------------------------------------------------------------

def canonical:
  if type == "object" then to_entries | sort_by(.key) | map(.value |= canonical) | from_entries
  elif type == "array" then map(canonical)
  elif type == "number" and (. >= 9007199254740992 or . <= -9007199254740992) then error("an integer that jq may have rounded can't be compared")
  else . end;

# The facts that the plan knows, and what guards the act.
def facts:
  .change.after
  | {
      workitem: (.workitem | if . then {name, description, type, requester_id, requester_display_name, created} else null end),
      item: (.item | if . then del(.state) else null end),
      items: (.items | if . then map(del(.state)) | sort_by(.id) else null end),
      remediation_items: (.remediation_items | if . then sort_by(.id) else null end),
      form, target_owner_name
    }
  | with_entries(select(.value != null));

def guards:
  .change.after as $after | .change.after_unknown as $unknown
  | [["expect", "expected_item_ids", "expected_owner_id"][] | select($after[.] != null or ($unknown[.] // false | marked))
     | {key: ., value: (if $unknown[.] // false | marked then {unknown: $unknown[.], known: $after[.]} elif . == "expected_item_ids" then $after[.] | sort else $after[.] end)}]
  | from_entries;

# What an act is about has to be known, or two acts could look alike.
def must_be_known: ["workitem_id", "approval_item_id", "target_owner_id", "decision", "selections", "comment", "done"];

def acts($origin):
  (.resource_changes // [] | .[] | select((.provider_name | ours) and kinds[.type] and (has("deposed") | not) and is_act)
    | . as $row
    | if any(must_be_known[]; . as $name | $row | unknown($name)) then
        error("\(.address): what it is about is known at apply only, so the act can't be compared")
      else
        {
          kind: kinds[.type], origin: $origin, provider: .provider_name,
          workitem_id: .change.after.workitem_id, approval_item_id: .change.after.approval_item_id,
          intent: (
            if .type == "sailpoint_workitem_forward" then .change.after | {target_owner_id, comment, send_notifications}
            elif .type == "sailpoint_workitem_account_selection" then .change.after.selections
            elif .type == "sailpoint_workitem_completion" then "complete"
            else .change.after.decision end
          ),
          facts: facts, guard: guards, sensitive: (.change.after_sensitive // {} | marked)
        } | canonical | tojson
      end),
  (.action_invocations // [] | .[] | select(.provider_name | ours)
    | if .config_unknown // {} | marked then
        error("\(.address): what it is about is known at apply only, so the act can't be compared")
      else
        {kind: "action", origin: $origin, provider: .provider_name, action: .type, config: .config_values, continues: continues, sensitive: (.config_sensitive // {} | marked)} | canonical | tojson
      end);

def count_acts:
  ([.resource_changes // [] | .[] | select((.provider_name | ours) and kinds[.type] and (has("deposed") | not) and is_act)] | length)
  + ([.action_invocations // [] | .[] | select(.provider_name | ours)] | length);

# ---- Main ------------------------------------------------------------------------------------

([., inputs] | map(select(. != null))) as $inputs
| ([$inputs[] | select(type == "object" and has("format_version"))] | first) as $plan
| [$inputs[] | select(type == "object" and .type == "diagnostic") | .diagnostic] as $diagnostics
| ($ARGS.named.mode // "ticket") as $mode
| if $mode == "ticket" then ($plan // {}) | ticket($diagnostics; $plan != null)
  elif $plan == null then error("there is no plan")
  elif $plan.errored == true or $plan.complete == false then error("the plan is incomplete")
  elif $mode == "acts" then $plan | acts($ARGS.named.origin // "")
  elif $mode == "count" then $plan | count_acts
  else error("unknown mode \($mode)") end

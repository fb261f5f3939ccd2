resource "sailpoint_workitem_account_selection" "jane" {
  workitem_id = "2c9180867a1f4c3d017a1f9b2e4d0501"

  # Keyed on the form's field names; sent exactly as written here.
  selections = {
    accountId     = "jdoe"
    justification = "Posting to the general ledger needs no administrator's account."
  }
}

"""Do predicted risks agree with what happens?"""
